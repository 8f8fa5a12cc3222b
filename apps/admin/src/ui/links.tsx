import {
  ActionIcon,
  type ActionIconProps,
  Anchor,
  type AnchorProps,
  Button,
  type ButtonProps,
  NavLink,
  type NavLinkProps,
  UnstyledButton,
  type UnstyledButtonProps,
} from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentProps, Ref } from 'react';

// Mantine's looks on the router's links: real `href`s, typed routes, no page load.

type WithRef<Props> = Props & Omit<ComponentProps<'a'>, keyof Props> & { readonly ref?: Ref<HTMLAnchorElement> };

export const TextLink = createLink((props: WithRef<AnchorProps>) => <Anchor {...props} />);
export const ButtonLink = createLink((props: WithRef<ButtonProps>) => <Button component="a" {...props} />);
export const NavigationLink = createLink((props: WithRef<NavLinkProps>) => <NavLink component="a" {...props} />);
export const ActionIconLink = createLink((props: WithRef<ActionIconProps>) => <ActionIcon component="a" {...props} />);
/** A link around a block of things: a row of a list. */
export const BlockLink = createLink((props: WithRef<UnstyledButtonProps>) => <UnstyledButton component="a" {...props} />);
