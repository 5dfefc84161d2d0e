"""The look of a feedback page: its template, for Jinja, and its style. What is on it, `feedback` decides.

The page's Content-Security-Policy admits this style by its digest, no other style, no script, and nothing from outside.
"""

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; \
style-src 'sha256-{{ digest }}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>Feedback on {{ notebook }} ({{ assignment }}) for {{ student }}</title>
<style>{{ style }}</style>
</head>
<body>
{% set labels = {"printed": "Printed", "stderr": "Written to stderr", "result": "Result", "error": "Error"} %}
{% macro plural(number, word) %}{{ number | points }} {{ word }}{{ "" if number == 1 else "s" }}{% endmacro %}
{% macro scroll(label, text, more, kind) %}
<pre class="{{ kind }}" tabindex="0" role="group" aria-label="{{ label }}">{{ text }}</pre>
{% if more %}<p class="aside">… {{ "{:,}".format(more) }} more characters are not shown.</p>{% endif %}
{% endmacro %}
<a class="skip" href="#questions">Skip to the questions</a>
<header>
<div class="masthead">
<p class="kicker">Feedback · {{ assignment }}</p>
<h1>{{ notebook }}</h1>
<p class="who"><span class="label">Student</span> <bdi>{{ student }}</bdi></p>
</div>
<div class="score">
<p class="points"><strong>{{ total[0] | points }}</strong> <span>of {{ plural(total[1], "point") }}</span></p>
<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">
<rect class="track" width="100" height="6"/>
<rect class="fill" width="{{ [100 * total[0] / total[1], 100] | min | round(1) if total[1] else 0 }}" height="6"/>
</svg>
{% if waiting %}<p class="aside">Not final: {{ plural(waiting, "grade") }} still to be given by hand.</p>{% endif %}
{% if whole %}
<p class="aside">Whole assignment: {{ whole[0] | points }} of {{ plural(whole[1], "point") }}</p>
{% endif %}
</div>
{% if graded or seconds is not none or memory_mb is not none %}
<dl class="facts">
{% if graded %}<div><dt>Graded</dt><dd><time datetime="{{ graded.isoformat() }}">\
{{ graded.day }} {{ graded.strftime("%B %Y, %H:%M") }} UTC</time></dd></div>{% endif %}
{% if seconds is not none %}<div><dt>Time used</dt><dd>{{ "{:,.1f}".format(seconds) }} s</dd></div>{% endif %}
{% if memory_mb is not none %}<div><dt>Memory used</dt><dd>{{ "{:,.0f}".format(memory_mb) }} MB</dd></div>{% endif %}
</dl>
{% endif %}
</header>
<main>
{% if reason or missing %}
<section class="card alert" aria-labelledby="problem">
<h2 id="problem">{{ "No such notebook was handed in" if not reason else \
"Your submission could not be graded" if missing else "Part of your submission could not be graded" }}</h2>
<p>{{ reason or "There is no notebook " ~ notebook ~ " among your files." }}</p>
</section>
{% endif %}
<section class="card" aria-labelledby="points">
<h2 id="points">Points</h2>
<table>
<thead>
<tr><th scope="col">Question</th><th scope="col">Result</th><th scope="col" class="number">Points</th></tr>
</thead>
<tbody>
{% for section in sections %}
{% set number = loop.index %}
{% for test in section.tests %}
<tr><th scope="row"><a href="#question-{{ number }}">{{ test.name }}</a></th>
<td><span class="badge {{ test.tone }}">{{ test.status }}</span></td>
<td class="number">{{ test.points }} <span class="of">of {{ test.grade.maximum | points }}</span></td>
</tr>
{% endfor %}
{% endfor %}
{% if penalty %}
<tr><th scope="row">Handed in late</th><td>Penalty</td><td class="number">−{{ penalty | points }}</td></tr>
{% endif %}
</tbody>
<tfoot>
<tr><th scope="row">Total</th><td>{% if extra %}with {{ extra | points }} extra{% endif %}</td>
<td class="number"><strong>{{ total[0] | points }}</strong> <span class="of">of {{ total[1] | points }}</span></td></tr>
</tfoot>
</table>
</section>
{% if notes %}
<section class="card" aria-labelledby="notes">
<h2 id="notes">Notes on your notebook</h2>
<ul>
{% for note in notes %}<li>{{ note }}</li>
{% endfor %}
</ul>
</section>
{% endif %}
<div id="questions" tabindex="-1">
{% for section in sections %}
<section class="card question" aria-labelledby="question-{{ loop.index }}">
<div class="heading">
<h2 id="question-{{ loop.index }}">{{ section.title or "Before the first question" }}</h2>
{% if section.tests %}
<p class="tally">{{ section.points | points if section.graded else "–" }} of {{ plural(section.maximum, "point") }}</p>
{% endif %}
</div>
{% if section.missing %}
<p class="aside">Your notebook has no cell of this name.</p>
{% endif %}
{% for cell in section.cells %}
<h3>{{ cell.heading }}</h3>
{% if cell.unanswered %}<p class="aside">Not answered: the cell is as you got it.</p>{% endif %}
{{ scroll("Your code" if cell.code is not none else "Your text", cell.code if cell.code is not none else cell.prose, \
cell.more, "code" if cell.code is not none else "prose") }}
{% for output in cell.outputs %}
{% if output.kind == "picture" %}
<figure><img src="{{ output.address }}" alt="{{ output.alt }}" width="{{ output.width }}" height="{{ output.height }}">\
</figure>
{% elif output.kind == "note" %}
<p class="aside">{{ output.text }}</p>
{% else %}
<p class="label">{{ labels[output.kind] }}</p>
{{ scroll(labels[output.kind], output.text, output.more, "output " ~ output.kind) }}
{% endif %}
{% endfor %}
{% endfor %}
{% if section.left_out %}<p class="aside">{{ section.left_out }} more of your cells are not shown.</p>{% endif %}
{% if section.tests %}
<h3>{{ "Grade" if section.tests[0].by_hand else "Test" if section.tests | length == 1 else "Tests" }}</h3>
<ul class="tests">
{% for test in section.tests %}
<li class="{{ test.tone }}">
<p class="line"><span class="badge {{ test.tone }}">{{ test.status }}</span> <span class="name">{{ test.name }}</span>
<span class="worth">{{ test.points }} of {{ plural(test.grade.maximum, "point") }}\
{% if test.grade.extra %}, {{ test.grade.extra | points }} of them extra{% endif %}\
{% if test.seconds is not none %} · {{ "{:,.2f}".format(test.seconds) }} s{% endif %}</span></p>
{% if test.message %}<p class="message">{{ test.message.text }}{% if test.message.more %} …{% endif %}</p>{% endif %}
{% if test.returned %}<p class="label">Your function</p>
{{ scroll("Your function", test.returned.text, test.returned.more, "output") }}{% endif %}
{% if test.output %}<p class="label">Printed during the test</p>
{{ scroll("Printed during the test", test.output.text, test.output.more, "output") }}{% endif %}
</li>
{% endfor %}
</ul>
{% endif %}
{% if section.comment %}
<h3>Comment</h3>
<blockquote>{{ section.comment }}</blockquote>
{% endif %}
</section>
{% endfor %}
</div>
</main>
<footer>
{% if not recorded %}
<p>This page shows points and comments. What your cells printed is in your own notebook.</p>
{% elif not confined %}
<p>Your notebook was graded together with its tests, so what your cells printed is not repeated here.</p>
{% else %}
<p>Outputs, messages and times are from a run of your work with the published part of the tests. A test may have
another part, which counts for your points and is not shown.</p>
{% endif %}
</footer>
</body>
</html>
"""

STYLE = """
:root {
  color-scheme: light dark;
  --page: #f3f5f9; --card: #ffffff; --sunk: #f5f7fb; --line: #d5dbe6; --text: #1b2330; --soft: #535e70;
  --accent: #2450c4; --good: #14683c; --good-back: #e2f4e9; --part: #7a4b00; --part-back: #fdf0d5;
  --bad: #a3211a; --bad-back: #fde8e6; --wait: #3d4a63; --wait-back: #e6ebf5;
  --keyword: #7423ad; --string: #12613f; --comment: #5a6576; --figure: #8f4300; --name: #1c4fb8; --builtin: #0c5d78;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10141b; --card: #1a202a; --sunk: #131821; --line: #333d4d; --text: #e7ebf2; --soft: #aab4c4;
    --accent: #9dbcff; --good: #86dfae; --good-back: #143524; --part: #f4c871; --part-back: #3b2c0c;
    --bad: #ffaaa2; --bad-back: #431a18; --wait: #c3cfe6; --wait-back: #2a3547;
    --keyword: #d5acff; --string: #94dcba; --comment: #9faaba; --figure: #f5b983; --name: #a5c3ff; --builtin: #86d4ea;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0 auto; max-width: 54rem; padding: 0 1rem 3rem; background: var(--page); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: anywhere;
}
h1, h2, h3, p, ul, dl, dd, pre, figure, blockquote { margin: 0; }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: 1rem; top: -4rem; padding: .5rem 1rem; background: var(--card); z-index: 1; }
.skip:focus { top: .5rem; }
header {
  display: grid; grid-template-columns: 1fr minmax(13rem, auto); gap: 1.25rem 2rem; align-items: end;
  padding: 2.5rem .25rem 1.5rem;
}
.kicker { color: var(--soft); font-weight: 600; }
h1 { font-size: clamp(1.6rem, 5vw, 2.25rem); line-height: 1.2; letter-spacing: -.01em; }
.who { margin-top: .35rem; }
.label { color: var(--soft); font-size: .875rem; font-weight: 600; }
.points { color: var(--soft); }
.points strong { color: var(--text); font-size: 2.5rem; line-height: 1.1; letter-spacing: -.02em; }
.bar { display: block; width: 100%; height: .5rem; margin: .35rem 0 .25rem; border-radius: 1rem; overflow: hidden; }
.track { fill: var(--line); }
.fill { fill: var(--accent); }
.facts { grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: .25rem 2rem; }
.facts div { display: flex; gap: .5rem; }
dt { color: var(--soft); font-weight: 600; }
.card {
  margin-bottom: 1.25rem; padding: 1.25rem 1.5rem 1.5rem; background: var(--card); border: 1px solid var(--line);
  border-radius: 12px;
}
.alert { border-color: var(--bad); background: var(--bad-back); }
.alert h2 { color: var(--bad); }
h2 { font-size: 1.25rem; line-height: 1.3; }
h2 + table, h2 + ul, h2 + p { margin-top: .75rem; }
.heading { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 1rem; }
.tally { font-weight: 600; }
h3 { margin: 1.25rem 0 .4rem; font-size: 1rem; }
.aside { color: var(--soft); font-size: .9rem; }
pre + .label, .aside + .label, figure + .label { margin-top: .75rem; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .55rem .75rem .55rem 0; text-align: left; vertical-align: baseline; }
thead th { color: var(--soft); font-size: .875rem; }
tbody th { font-weight: 500; }
tr { border-bottom: 1px solid var(--line); }
tfoot tr { border-bottom: 0; }
.number { padding-right: 0; text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.of { color: var(--soft); }
.badge {
  display: inline-block; padding: .05rem .6rem; border-radius: 1rem; font-size: .875rem; font-weight: 600;
  white-space: nowrap;
}
.badge.good { color: var(--good); background: var(--good-back); }
.badge.part { color: var(--part); background: var(--part-back); }
.badge.bad { color: var(--bad); background: var(--bad-back); }
.badge.wait { color: var(--wait); background: var(--wait-back); }
pre {
  padding: .75rem 1rem; background: var(--sunk); border: 1px solid var(--line); border-radius: 8px; overflow: auto;
  max-height: 32rem; font: .875rem/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  overflow-wrap: normal; tab-size: 4; unicode-bidi: isolate;
}
pre.output { margin-top: .25rem; border-left-width: 4px; max-height: 24rem; }
pre.error, pre.stderr { border-left-color: var(--bad); }
pre.prose, blockquote, .message { white-space: pre-wrap; overflow-wrap: anywhere; }
pre.prose { font: inherit; }
figure { margin-top: .75rem; }
img {
  display: block; max-width: 100%; height: auto; padding: .5rem; background: #ffffff; border: 1px solid var(--line);
  border-radius: 8px;
}
.tests { padding: 0; list-style: none; }
.tests li { padding: .6rem 0; border-top: 1px solid var(--line); }
.line { display: flex; flex-wrap: wrap; gap: .15rem .75rem; align-items: baseline; }
.name { font-weight: 500; }
.worth { margin-left: auto; color: var(--soft); font-size: .9rem; font-variant-numeric: tabular-nums; }
.message { margin-top: .4rem; }
.message + .label, .line + .label { margin-top: .5rem; }
blockquote {
  padding: .6rem 1rem; background: var(--wait-back); border-left: 4px solid var(--accent); border-radius: 8px;
}
footer { color: var(--soft); font-size: .9rem; padding: 0 .25rem; }
.code [class^="k"], .code .ow { color: var(--keyword); }
.code [class^="s"] { color: var(--string); }
.code [class^="c"] { color: var(--comment); }
.code [class^="m"] { color: var(--figure); }
.code .nf, .code .nc, .code .nd { color: var(--name); }
.code .nb, .code .bp { color: var(--builtin); }
@media (max-width: 36rem) {
  header { grid-template-columns: 1fr; padding-top: 1.5rem; }
  .card { padding: 1rem; border-radius: 10px; }
  th, td { padding-right: .5rem; }
  .badge { padding: .05rem .5rem; font-size: .8rem; }
  .worth { margin-left: 0; flex-basis: 100%; }
}
@media print {
  body { max-width: none; background: none; }
  pre { max-height: none; white-space: pre-wrap; }
  .skip { display: none; }
}
"""
