import type { apiKeySchemas } from '@reqbase/core/contract';
import { useState } from 'react';
import { CreateKeyForm } from './create-key-form.tsx';
import type { KeyHome } from './key-api.ts';
import { MadeKeyDialog } from './made-key-dialog.tsx';

type CreateKeyDialogProps = {
  readonly home: KeyHome;
  readonly projectSlug: string | null;
  /** Whose service accounts may own the key; null where the person may not see them. */
  readonly organizationSlug: string | null;
  /** The service account that is to own it, unless another owner is chosen. */
  readonly ownerId?: string;
  readonly onClose: () => void;
};

export function CreateKeyDialog({ home, projectSlug, organizationSlug, ownerId, onClose }: CreateKeyDialogProps) {
  const [created, setCreated] = useState<apiKeySchemas.CreatedApiKey | null>(null);
  return (
    <MadeKeyDialog
      title={`New API key of the ${home.kind}`}
      size={820}
      made={created}
      projectSlug={projectSlug}
      onClose={onClose}
    >
      <CreateKeyForm
        home={home}
        organizationSlug={organizationSlug}
        ownerId={ownerId}
        onCreated={setCreated}
        onCancel={onClose}
      />
    </MadeKeyDialog>
  );
}
