import { join } from 'node:path'

/**
 * Options of apt for lists and archives below `work`: another package run may lock or empty the shared ones while this
 * one is under way.
 */
export function privateAptPlaces(work: string): readonly string[] {
  return [
    `Dir::State::lists=${join(work, 'lists')}`,
    `Dir::Cache::archives=${join(work, 'archives')}`,
    'Dir::Cache::pkgcache=',
    'Dir::Cache::srcpkgcache=',
    'APT::Install-Recommends=false',
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
    'Debug::NoLocking=1',
  ]
}
