import { createHash } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CutoverError } from '../../../core/errors.ts'
import { cached } from '../../servers/cache-directory.ts'
import type { InstallOptions } from '../../servers/install-mariadb.ts'
import { findJavaTool } from './java-tools.ts'
import { compileLauncher } from './nacos-launcher.ts'
import { projectOf, recipes } from './nacos-lines.ts'
import type { LineRecipe, NacosLine } from './nacos-lines.ts'
import { runJavaTool } from './run-java-tool.ts'

const copyDependencies = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies'

/**
 * The classpath of a line, downloaded by Maven once per machine and user (about 60 MB a line) and checked against the
 * fingerprint at every use. Several processes may ask at the same time.
 *
 * @throws `usage` without Java or Maven; `command.failed` when the download fails; `system.refused` when what was
 * downloaded is not what this was tested with.
 */
export async function nacosClasspath(line: NacosLine, options: InstallOptions): Promise<readonly string[]> {
  const recipe = recipes[line]
  const name = `nacos-${line}-${recipe.fingerprint.slice(0, 12)}`
  const make = (draft: string): Promise<void> => download(line, recipe, draft, options)
  let directory = await cached(name, make)
  if ((await fingerprintOf(directory)) !== recipe.fingerprint) {
    // Something that cleans temporary directories took a part of it.
    await rm(directory, { recursive: true, force: true })
    directory = await cached(name, make)
  }
  const jars = (await readdir(directory)).sort()
  const launcher = recipe.mainClass === 'NacosLauncher' ? [await compileLauncher(directory, options)] : []
  return [...launcher, ...inOrder(jars, recipe.first).map((jar) => join(directory, jar))]
}

function inOrder(jars: readonly string[], first: readonly RegExp[]): readonly string[] {
  const leading = first.flatMap((pattern) => jars.filter((jar) => pattern.test(jar)))
  return [...leading, ...jars.filter((jar) => !leading.includes(jar))]
}

async function download(
  line: NacosLine,
  recipe: LineRecipe,
  draft: string,
  options: InstallOptions,
): Promise<void> {
  const maven = await findJavaTool('mvn', options)
  options.say(`downloading Nacos ${line}`)
  const project = join(draft, 'pom.xml')
  // Maven's usual repository must not be written by two Mavens at once, so each download has its own.
  const repository = join(draft, 'repository')
  await writeFile(project, projectOf(recipe))
  const args = ['-C', '-B', '-q', '-f', project, `-Dmaven.repo.local=${repository}`, copyDependencies]
  await runJavaTool(maven, [...args, '-DincludeScope=runtime', `-DoutputDirectory=${draft}`], options.signal)
  await rm(repository, { recursive: true })
  await rm(project)
  const found = await fingerprintOf(draft)
  if (found === recipe.fingerprint) return
  throw new CutoverError(
    'system.refused',
    `the jars of Nacos ${line} are not the ones this was tested with`,
    {
      where: found,
      hint: 'Check where Maven downloads from (mirrors in its settings.xml).',
    },
  )
}

async function fingerprintOf(directory: string): Promise<string> {
  const whole = createHash('sha256')
  for (const name of (await readdir(directory)).sort()) {
    const content = createHash('sha256').update(await readFile(join(directory, name)))
    whole.update(`${name} ${content.digest('hex')}\n`)
  }
  return whole.digest('hex')
}
