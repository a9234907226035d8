"""The styles of the operations screen."""

STYLE = """<style>
.op-three { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 1.25rem 2rem; }
.op-three h2 { margin-top: 0; }
.op-state { margin: .5rem 0 .4rem; font-size: .9rem; line-height: 1.4; }
.op-state b { font-weight: 600; }
.op-advice { margin: 0 0 .4rem; font-size: .85rem; color: var(--cs-quiet); line-height: 1.4;
  overflow-wrap: anywhere; }
.stApp .op-facts { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .15rem 1rem;
  margin: 0; padding: 0; font-size: .85rem; line-height: 1.45; }
.stApp .op-facts dt, .stApp .op-facts dd { margin: 0; padding: 0; }
.op-facts dt { color: var(--cs-quiet); }
.op-facts dd { text-align: right; font-variant-numeric: tabular-nums; }
.op-good b { color: var(--cs-healthy); } .op-look b { color: var(--cs-at-risk); }
.op-bad b { color: var(--cs-critical); }
.op-answer { font-size: 1.05rem; font-weight: 600; line-height: 1.4; margin: 0; }
.op-table td { vertical-align: top !important; }
.op-table .op-long { overflow-wrap: anywhere; min-width: 14rem; }
.op-more { margin: .5rem 0 0; font-size: .9rem; display: flex; gap: 1.25rem; }
.op-mail { display: grid; gap: 0 .9rem; font-size: .875rem; line-height: 1.4;
  grid-template-columns: 7rem minmax(11rem, 3fr) minmax(12rem, 5fr); }
.op-mail > * { min-width: 0; overflow-wrap: anywhere; }
[class*="st-key-dead-row-"] { padding: .35rem 0;
  border-top: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
[class*="st-key-dead-row-"] button { min-height: 1.9rem; padding: .1rem .55rem; }
[class*="st-key-dead-row-"] button p { font-size: .85rem; }
.op-change { display: inline-block; margin: 0 1rem 0 0; }
@media (max-width: 900px) { .op-three { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 760px) {
  .op-mail { grid-template-columns: minmax(0, 1fr); }
  .stApp .op-table thead { display: none; }
  .stApp .op-table, .op-table tbody, .op-table tr, .stApp .op-table td { display: block;
    width: 100%; min-width: 0; }
  .stApp .op-table td { border: 0; padding: 0; }
  .stApp .op-table td.cs-right { display: inline-block; width: auto; margin-right: .9rem; }
  .op-table tr { padding: .45rem 0; border-bottom: 1px solid var(--cs-line); }
  .op-table td[data-name]::before { content: attr(data-name) " "; color: var(--cs-quiet); }
  .op-table td:empty { display: none !important; }
}
</style>"""
