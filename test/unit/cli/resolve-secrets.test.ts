import { expect, it } from 'vitest'
import type { Playbook } from '../../../src/core/playbook.ts'
import { createRedactor } from '../../../src/core/redact.ts'
import { resolveSecrets } from '../../../src/cli/resolve-secrets.ts'
import { openSecrets } from '../../../src/cli/secrets.ts'

const signal = new AbortController().signal

function playbookWith(secrets: readonly string[]): Playbook {
  return { secrets } as unknown as Playbook
}

it('all missing secrets are named at once, before anything is done', async () => {
  const secrets = openSecrets({ environment: {}, redactor: createRedactor() })
  const looking = resolveSecrets(playbookWith(['env:ONE', 'env:TWO', 'generated:later']), secrets, signal)
  await expect(looking).rejects.toMatchObject({
    code: 'secret.unresolved',
    message: expect.stringMatching(/env:ONE is not set\s+The secret env:TWO is not set/) as string,
    hint: expect.stringMatching(/ONE[\s\S]*TWO/) as string,
  })
})

it('the redactor knows every secret before the first one is used', async () => {
  const redactor = createRedactor()
  const secrets = openSecrets({ environment: { ONE: 'first-secret', TWO: 'second-secret' }, redactor })
  await resolveSecrets(playbookWith(['env:ONE', 'env:TWO']), secrets, signal)
  expect(redactor.redact('first-secret second-secret')).toBe('‹secret:env:ONE› ‹secret:env:TWO›')
})
