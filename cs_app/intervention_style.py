"""The styles of the interventions screen."""

STYLE = """<style>
.iv-call { display: grid; grid-template-columns: 6rem minmax(11rem, 6fr) minmax(11rem, 5fr);
  gap: 0 1rem; align-items: start; font-size: .9rem; line-height: 1.4; }
.iv-call > * { min-width: 0; overflow-wrap: anywhere; }
.iv-call .iv-when { font-variant-numeric: tabular-nums; white-space: nowrap; }
.iv-call .iv-late { font-weight: 600; }
.iv-call .iv-about { display: flex; flex-wrap: wrap; gap: 0 .6rem; }
.iv-call .iv-second { font-size: .85rem; }
.iv-call .iv-why { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2;
  overflow: hidden; }
.iv-call a { color: inherit; }
.iv-call a.cs-name { font-weight: 600; }
.iv-call.is-over { opacity: .6; }
[class*="st-key-call-row-"] {
  border-top: 1px solid color-mix(in srgb, currentColor 12%, transparent);
  padding: .4rem 0; min-height: 3.5rem; }
[class*="st-key-call-row-"] button, [class*="st-key-line-act-"] button {
  min-height: 1.9rem; padding: .1rem .55rem; }
[class*="st-key-call-row-"] button p, [class*="st-key-line-act-"] button p { font-size: .85rem; }
.iv-said { font-size: .9rem; padding: .2rem 0; }
.iv-lines { width: 100%; border-collapse: collapse; font-size: .875rem; line-height: 1.35; }
.iv-lines th { text-align: left; font-weight: 500; opacity: .75; font-size: .8rem;
  padding: .2rem .75rem .3rem 0; white-space: nowrap; }
.iv-lines td { padding: .3rem .75rem .3rem 0; vertical-align: top; overflow-wrap: anywhere;
  border-top: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
.iv-lines td:first-child { white-space: nowrap; font-variant-numeric: tabular-nums; }
.iv-lines a { color: inherit; } .iv-lines a.cs-name { font-weight: 600; }
.iv-lines .iv-supplier { min-width: 12rem; }
[class*="st-key-line-row-"] {
  border-top: 1px solid color-mix(in srgb, currentColor 12%, transparent);
  padding: .25rem 0; }
.iv-line { display: grid; gap: 0 .75rem; font-size: .875rem; line-height: 1.35;
  grid-template-columns: 8rem minmax(10rem, 3fr) minmax(10rem, 4fr) minmax(10rem, 4fr); }
.iv-line > * { min-width: 0; overflow-wrap: anywhere; }
.iv-line a { color: inherit; } .iv-line a.cs-name { font-weight: 600; }
@media (max-width: 760px) {
  .iv-call, .iv-line { grid-template-columns: 1fr; }
  .iv-lines, .iv-lines tbody, .iv-lines tr, .iv-lines td { display: block; width: 100%; }
  .iv-lines thead { position: absolute; clip-path: inset(50%); height: 1px; overflow: hidden; }
  .iv-lines td { border: 0; padding: 0; }
  .iv-lines tr { padding: .45rem 0;
    border-top: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
}
</style>"""
