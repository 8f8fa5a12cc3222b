import { Outlet } from '@tanstack/react-router';
import { NotFoundScreen } from '../shell/not-found-screen.tsx';
import { useOrganizationOrNull } from './use-organization.ts';

export function OrganizationLayout() {
  const organization = useOrganizationOrNull();
  if (organization === null) return <NotFoundScreen title="Organization not found" />;
  return <Outlet key={organization.slug} />;
}
