import { createHash } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cached } from '../../servers/cache-directory.ts'
import type { InstallOptions } from '../../servers/install-mariadb.ts'
import { findJavaTool } from './java-tools.ts'
import { runJavaTool } from './run-java-tool.ts'

/** The jars of 3.x have no main class that starts a server without its console, so this one does. */
const source = `
import com.alibaba.nacos.NacosServerBasicApplication;
import com.alibaba.nacos.NacosServerWebApplication;
import com.alibaba.nacos.core.listener.startup.NacosStartUp;
import com.alibaba.nacos.core.listener.startup.NacosStartUpManager;
import com.alibaba.nacos.sys.env.DeploymentType;
import com.alibaba.nacos.sys.env.EnvUtil;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

public final class NacosLauncher {
    public static void main(String[] args) {
        EnvUtil.setDeploymentType(DeploymentType.SERVER);
        NacosStartUpManager.start(NacosStartUp.CORE_START_UP_PHASE);
        ConfigurableApplicationContext core = new SpringApplicationBuilder(NacosServerBasicApplication.class)
            .web(WebApplicationType.NONE)
            .run(args);
        NacosStartUpManager.start(NacosStartUp.WEB_START_UP_PHASE);
        new SpringApplicationBuilder(NacosServerWebApplication.class).parent(core).run(args);
    }
}
`

/** Compiles the launcher once per machine and user. @returns the directory with the class. */
export async function compileLauncher(libraries: string, options: InstallOptions): Promise<string> {
  const key = createHash('sha256').update(source).digest('hex').slice(0, 12)
  return cached(`nacos-launcher-${key}`, async (draft) => {
    const compiler = await findJavaTool('javac', options)
    const file = join(draft, 'NacosLauncher.java')
    await writeFile(file, source)
    const args = ['--release', '17', '-nowarn', '-proc:none', '-cp', `${libraries}/*`, '-d', draft, file]
    await runJavaTool(compiler, args, options.signal)
    await rm(file)
  })
}
