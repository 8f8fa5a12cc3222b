import { IconLock } from '@tabler/icons-react';
import { Blank } from '../../ui/blank.tsx';

/** For who has a part in some project of the organization only. */
export function NoCatalogue() {
  return (
    <Blank
      icon={<IconLock size={28} />}
      title="Your role does not include the catalogue"
      description="It is for the members of the organization."
    />
  );
}
