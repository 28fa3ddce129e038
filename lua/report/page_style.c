/* The style of report.html. It stands apart for the hash below, by which the page's policy knows it:
 * openssl dgst -sha256 -binary | base64, of the text between <style> and </style>. */
#include "lua/report/page.h"

static const char style[] =
	":root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--soft:#5b6570;--line:#d8dde3;--box:#f4f6f8;"
	"--bad:#c0232c;--badbg:#fde8e8;--in:#2f6fb3;--out:#2f8f6b;--ike:#6b4fbb;--note:#8a6d1d}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e4e8ec;--soft:#98a3ae;--line:#343b43;"
	"--box:#1d2227;--bad:#ff7b7b;--badbg:#3c1d20;--in:#7db4ee;--out:#6fd0a8;--ike:#b7a3f5;--note:#e0c068}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;padding:1rem;max-width:70rem;background:var(--bg);color:var(--fg);"
	"font:1rem/1.45 system-ui,sans-serif;overflow-wrap:anywhere}\n"
	"h1{font-size:1.5rem;line-height:1.2;margin:.2rem 0 .6rem}\n"
	"h2{font-size:1.1rem;margin:1.8rem 0 .6rem;border-bottom:1px solid var(--line);padding-bottom:.2rem}\n"
	"p{margin:.4rem 0}a{color:var(--in)}\n"
	".over,.soft,footer{color:var(--soft);font-size:.85rem}\n"
	".words{font-size:1.1rem}\n"
	".tags{list-style:none;display:flex;flex-wrap:wrap;gap:.4rem;padding:0;margin:.8rem 0}\n"
	".tags li{background:var(--box);border:1px solid var(--line);border-radius:1rem;padding:.1rem .7rem;"
	"font-size:.9rem}\n"
	".tags .hot{background:var(--badbg);border-color:var(--bad);color:var(--bad);font-weight:600}\n"
	"code,pre,time,td.m,svg text{font-family:ui-monospace,monospace}\n"
	"dl{display:grid;grid-template-columns:auto minmax(0,1fr);gap:.2rem 1rem;margin:.6rem 0}\n"
	"dt{color:var(--soft)}dd{margin:0}\n"
	".ev{padding-left:1.4rem}.ev li{margin:.35rem 0}.ev time{color:var(--soft);font-size:.85rem}\n"
	".who{font-size:.8rem;border-radius:.3rem;padding:0 .35rem;background:var(--box);"
	"border:1px solid var(--line)}\n"
	".chart{background:var(--box);border:1px solid var(--line);border-radius:.4rem;padding:.5rem .7rem}\n"
	"svg{display:block;overflow:visible}svg text{fill:var(--fg);font-size:11px}\n"
	"svg .axis{fill:var(--soft)}svg .lane{font-weight:600;font-size:12px}\n"
	".sa{fill-opacity:.25;stroke-width:1}.sa.in{fill:var(--in);stroke:var(--in)}"
	".sa.out{fill:var(--out);stroke:var(--out)}.sa.bad{fill:var(--bad);stroke:var(--bad)}\n"
	".k0{fill:var(--ike)}.k1{fill:var(--in)}.k2{fill:var(--soft)}.k3{fill:var(--bad)}.k4{fill:var(--out)}"
	".k5{fill:var(--bad)}.k6,.k7{fill:var(--note)}\n"
	".fault{stroke:var(--bad);stroke-dasharray:4 3}\n"
	".key{display:flex;flex-wrap:wrap;gap:.2rem 1rem;font-size:.8rem;color:var(--soft);margin-top:.4rem}\n"
	".key svg{display:inline-block;vertical-align:-1px}\n"
	".line{list-style:none;padding:0;margin:0;font-size:.9rem}\n"
	".line li{display:grid;grid-template-columns:minmax(0,1fr) auto minmax(0,1fr);gap:0 .8rem;"
	"align-items:baseline;padding:.15rem 0}\n"
	".line time{grid-column:2;grid-row:1;color:var(--soft);font-size:.75rem;text-align:center}\n"
	".line p,.line b{grid-row:1;margin:0}\n"
	".l p,.line b:first-child{grid-column:1;text-align:right;border-right:3px solid var(--line);"
	"padding-right:.6rem}\n"
	".r p,.line b:last-child{grid-column:3;border-left:3px solid var(--line);padding-left:.6rem}\n"
	".line .head{position:sticky;top:0;background:var(--bg);padding:.3rem 0}\n"
	".line i{font-style:normal;font-size:.75rem;color:var(--soft);margin-right:.3rem}\n"
	".line .k0 p{border-color:var(--ike)}.line .k1 p{border-color:var(--in)}"
	".line .k3 p,.line .k5 p{border-color:var(--bad)}.line .k4 p{border-color:var(--out)}\n"
	".line .k5 p{color:var(--bad);font-weight:600}\n"
	".wide{overflow-x:auto}table{border-collapse:collapse;font-size:.85rem;width:100%}\n"
	"th,td{text-align:left;padding:.25rem .6rem .25rem 0;border-bottom:1px solid var(--line);"
	"vertical-align:top}th{color:var(--soft);font-weight:500}td.m{white-space:nowrap}tr.hot td{color:var(--bad)}\n"
	"pre{background:var(--box);border:1px solid var(--line);border-radius:.4rem;padding:.6rem;overflow-x:auto;"
	"font-size:.75rem;line-height:1.35;overflow-wrap:normal}\n"
	"details{margin:.4rem 0}summary{cursor:pointer}\n"
	"@media(max-width:44rem){body{padding:.7rem}h1{font-size:1.25rem}.words{font-size:1rem}\n"
	".line li{display:block;width:88%;padding:.25rem 0}.line .r{margin-left:12%}\n"
	".line time{display:block;text-align:left}.line .r time{text-align:right}.line time br{display:none}\n"
	".l p{text-align:left;border-right:0;border-left:3px solid var(--line);padding:0 0 0 .6rem}\n"
	".r p{text-align:right;border-left:0;border-right:3px solid var(--line);padding:0 .6rem 0 0}\n"
	".line .head{width:100%;display:flex;justify-content:space-between}.line .head time{display:none}\n"
	".line b:first-child,.line b:last-child{border:0;padding:0}}\n"
	"@media print{details>*{display:block}.chart,pre{break-inside:avoid}}\n";

static const char style_hash[] = "sha256-Cy/AVmHEBpPkgD6jsW0eASU17CuJtwt4aqE7Vo0wA4o=";

const char *page_style(void)
{
	return style;
}

const char *page_style_hash(void)
{
	return style_hash;
}
