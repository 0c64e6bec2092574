import type { HotPauseFigures } from './hot-pause.ts'
import type { Spread } from './spread-of.ts'

export function hotLines(figures: HotPauseFigures): readonly string[] {
  const { engine, fence, cutovers, writesPerSecond, readsPerSecond, acknowledged, split } = figures
  return [
    `${engine}, fence ${fence}: ${cutovers} live cutovers, ${writesPerSecond} transactions/s and ${readsPerSecond} reads/s over two instances`,
    `  ${acknowledged} writes acknowledged, each exactly once on the right server; none refused, none unknown, no read failed`,
    `  milliseconds              p50 / p95 / max`,
    line("users' pause", figures.pauseMs),
    line('without a cutover', figures.noiseMs),
    line('servers by themselves', figures.floorMs),
    line('longest read', figures.readsMs),
    ...Object.entries(split).map(([id, spread]) => line(`  ${id === 'hold' ? 'closed' : id}`, spread)),
  ]
}

function line(name: string, { p50, p95, max }: Spread): string {
  return `  ${name.padEnd(24)}  ${p50} / ${p95} / ${max}`
}
