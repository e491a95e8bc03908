// Where everything of the star wants to be.

const tau = Math.PI * 2;

// Where everything wants to be. Nodes keep their order, so that a farm looks the same from day to day.
export function layout(all, agents, width, height) {
  const cx = width / 2, cy = height / 2, reach = Math.max(60, Math.min(width, height) / 2 - (all.length > 60 ? 18 : 62));
  const wide = width > height * 1.25 ? Math.min(1.7, width / height * 0.9) : 1, high = height > width * 1.25 ? Math.min(1.5, height / width * 0.85) : 1;
  const rings = Math.max(1, Math.ceil(Math.sqrt(all.length / 26)));
  const wanted = new Map();
  let placed = 0;
  for (let ring = 0; ring < rings; ring++) {
    const radius = rings === 1 ? reach : reach * (0.5 + 0.5 * (ring + 1) / rings);
    const weight = (0.5 + 0.5 * (ring + 1) / rings) / Array.from({ length: rings }, (_, i) => 0.5 + 0.5 * (i + 1) / rings).reduce((a, b) => a + b);
    const here = ring === rings - 1 ? all.length - placed : Math.round(all.length * weight);
    for (let i = 0; i < here; i++) {
      const angle = -tau / 4 + tau * (i + (ring % 2) / 2) / here, node = all[placed + i];
      if (!node) break;
      const room = Math.min(tau * radius / Math.max(here, 1), reach / rings * 0.9) / 2;
      const size = Math.max(3.5, Math.min(7 + 5.2 * Math.sqrt(node.slots), room * 0.78, 46));
      wanted.set(`w ${node.name}`, { x: cx + Math.cos(angle) * radius * wide, y: cy + Math.sin(angle) * radius * high, size, angle, node });
    }
    placed += here;
  }
  const inner = reach * (rings === 1 ? 0.42 : 0.3);
  agents.forEach((agent, index) => {
    const angle = -tau / 4 + tau * (index + 0.5) / agents.length;
    wanted.set(`a ${agent}`, { x: cx + Math.cos(angle) * inner * wide, y: cy + Math.sin(angle) * inner * high, size: agents.length > 40 ? 4 : 9, angle, agent });
  });
  return { wanted, cx, cy };
}
