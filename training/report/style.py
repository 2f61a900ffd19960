"""How a report looks, on light and on dark paper, on a screen and in print. Knows nothing of what is in it."""

CSS = """
:root { color-scheme: light dark; --paper: #ffffff; --panel: #f5f7fa; --ink: #1b2430; --muted: #5d6876; --line: #dce2e9;
  --accent: #2563c4; --second: #c2570c; --hit: 37 99 196; --miss: 214 90 20; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #11151b; --panel: #1a2029; --ink: #e4e8ee; --muted: #98a3b1; --line: #303946;
    --accent: #6ba1f2; --second: #f09a54; --hit: 70 130 230; --miss: 225 110 40; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
header, nav, main, footer { max-width: 1120px; margin: 0 auto; padding: 0 28px; }
header { padding-top: 40px; }
h1 { margin: 0; font-size: 34px; line-height: 1.15; letter-spacing: -0.015em; }
h2 { margin: 0 0 14px; font-size: 22px; letter-spacing: -0.01em; }
h3 { margin: 22px 0 8px; font-size: 16px; }
header p { margin: 8px 0 0; font-size: 18px; color: var(--muted); max-width: 70ch; }
nav { margin-top: 22px; display: flex; flex-wrap: wrap; gap: 6px 8px; font-size: 14px; }
nav a { color: var(--accent); text-decoration: none; padding: 3px 11px; border: 1px solid var(--line);
  border-radius: 14px; }
nav a:hover { background: var(--panel); }
section { margin-top: 44px; padding-top: 20px; border-top: 1px solid var(--line); }
p { margin: 10px 0; max-width: 88ch; }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; margin: 24px 0 0; }
.tile { flex: 1 1 150px; padding: 12px 16px; border-radius: 10px; background: var(--panel); }
.tile b { display: block; font-size: 26px; line-height: 1.25; font-weight: 650; font-variant-numeric: tabular-nums; }
.tile span { display: block; font-size: 13px; color: var(--muted); }
.wide { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; margin: 10px 0; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--muted); font-weight: 600; vertical-align: bottom; }
.l { text-align: left; }
.r { text-align: right; padding: 6px 0 6px 18px; white-space: nowrap; }
th.r { white-space: normal; min-width: 5em; }
.facts td:first-child { color: var(--muted); white-space: nowrap; padding-right: 24px; }
code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code { background: var(--panel); padding: 1px 5px; border-radius: 4px; overflow-wrap: anywhere; }
pre { background: var(--panel); padding: 14px 16px; border-radius: 8px; overflow-x: auto; line-height: 1.25; }
details { margin: 16px 0; }
summary { cursor: pointer; color: var(--accent); font-size: 15px; }
figure { margin: 14px 0 26px; }
figcaption { margin-top: 6px; font-size: 14px; color: var(--muted); max-width: 88ch; }
.chart svg { display: block; width: 100%; height: auto; stroke-linejoin: round; }
.matrix td, .matrix th { padding: 0; border: 1px solid var(--paper); text-align: center; }
.matrix td { min-width: 34px; height: 34px; font-size: 13px; line-height: 1.15; vertical-align: middle;
  color: var(--ink); background: var(--panel); }
.matrix td small { display: block; font-size: 10px; opacity: 0.75; }
.matrix tbody th { padding: 0 10px 0 0; text-align: right; white-space: nowrap; vertical-align: middle;
  position: sticky; left: 0; background: var(--paper); }
.matrix thead th { padding: 6px 0; }
.matrix .up { writing-mode: vertical-rl; transform: rotate(180deg); margin: 0 auto; white-space: nowrap;
  text-align: left; }
.pictures { display: flex; flex-wrap: wrap; gap: 14px 12px; }
.picture { width: 112px; font-size: 12px; line-height: 1.35; overflow-wrap: anywhere; }
.picture img { display: block; width: 112px; height: auto; image-rendering: pixelated; border-radius: 6px;
  border: 1px solid var(--line); margin-bottom: 5px; }
.picture span { display: block; color: var(--muted); }
.picture b { font-weight: 600; color: var(--ink); }
.layers { display: block; }
.layers rect { fill: var(--panel); stroke: var(--line); }
.layers path { fill: none; stroke: var(--muted); stroke-width: 1.3; }
.layers polygon { fill: var(--muted); }
.layers text { fill: var(--muted); font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif;
  text-anchor: middle; }
.layers .name { fill: var(--ink); font-weight: 600; font-size: 13px; }
footer { margin-top: 48px; padding-top: 16px; padding-bottom: 40px; font-size: 13px; color: var(--muted); }
@media print { nav { display: none; } section { break-inside: avoid-page; } }
"""
