"""The style of the HTML form: no font, image or script from elsewhere, and no background of its own.

Text takes the colour of the page around it, so that a dark notebook needs no rule of its own; the four roles are
told by dots and bars in colours of middle lightness, which stand out on white and on black alike.
"""

from __future__ import annotations

STYLE = """
.paramcount{font:13px/1.5 system-ui,sans-serif;max-width:100%;color:inherit}
.paramcount p{margin:.5em 0}
.paramcount .pc-title{font-weight:600;font-size:1.1em}
.paramcount .pc-muted{opacity:.72}
.paramcount .pc-strong{font-weight:600;opacity:1}
.paramcount .pc-tree{overflow-x:auto;margin:.6em 0}
.paramcount .pc-rows{min-width:60em}
.paramcount .pc-row{display:grid;grid-template-columns:var(--pc-grid);column-gap:.9em;padding:.1em .4em;
 border-bottom:1px solid rgba(128,128,128,.18);font-variant-numeric:tabular-nums}
.paramcount .pc-titles{border-bottom:1px solid rgba(128,128,128,.6)}
.paramcount .pc-titles>span{opacity:1;font-weight:600;font-size:.95em}
.paramcount .pc-titles>:first-child{padding-left:1.2em}
.paramcount .pc-sum{border-top:1px solid rgba(128,128,128,.6);border-bottom:0}
.paramcount .pc-variable>span{font-size:.94em}
.paramcount .pc-row>span{overflow-wrap:anywhere;text-align:left}
.paramcount .pc-row>.pc-right{text-align:right;white-space:nowrap}
.paramcount summary{list-style:none;cursor:pointer}
.paramcount summary::-webkit-details-marker{display:none}
.paramcount summary>.pc-row>:first-child::before{content:"\\25B8";position:absolute;margin-left:-1.1em}
.paramcount details[open]>summary>.pc-row>:first-child::before{content:"\\25BE"}
.paramcount summary:hover>.pc-row{background:rgba(128,128,128,.14)}
.paramcount .pc-bar{margin-top:.4em;height:.7em;border-radius:2px}
.paramcount .pc-fill{display:block;height:100%;border-radius:2px;min-width:2px;background:#888}
.paramcount .pc-dot{display:inline-block;width:.6em;height:.6em;border-radius:50%;margin-right:.45em;background:#888}
.paramcount .pc-fill-trainable{background:#2f9e58}
.paramcount .pc-fill-frozen{background:#3d7edb}
.paramcount .pc-fill-state{background:#c98a1b}
.paramcount .pc-fill-undetermined,.paramcount .pc-fill-unknown{background:#a45bc9}
.paramcount .pc-scroll{overflow-x:auto;margin:.6em 0}
.paramcount table.pc-table{border-collapse:collapse;border:0;margin:0;font-size:inherit;color:inherit}
.paramcount table.pc-table tr{background:none}
.paramcount table.pc-table td,.paramcount table.pc-table th{padding:.1em .6em;border:0;text-align:left;
 vertical-align:top;font-variant-numeric:tabular-nums;white-space:normal;max-width:none}
.paramcount table.pc-table .pc-right{text-align:right;white-space:nowrap}
.paramcount table.pc-table .pc-sum td{border-top:1px solid rgba(128,128,128,.6)}
.paramcount table.pc-table .pc-heading td{font-weight:600}
.paramcount table.pc-table .pc-gap td{height:.6em}
.paramcount .pc-finding{margin-bottom:0;border-left:3px solid #c98a1b;padding-left:.7em}
.paramcount .pc-advice{margin-top:0;border-left:3px solid #c98a1b;padding-left:.7em}
.paramcount .pc-warning,.paramcount .pc-info,.paramcount .pc-finding .pc-name{font-weight:600}
"""
"""Everything is below one class, so that nothing of the page around it changes."""
