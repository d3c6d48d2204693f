#include "support/sample_pages.hpp"

namespace fetchd::test {
namespace {

std::string framed(std::string const& head, std::string const& main) {
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
           head +
           R"(<style>body{font:17px/1.5 serif;max-width:42em;margin:2em auto} nav a{margin-right:1em}</style>
</head>
<body>
<header><p class="site">The Harbour Almanac</p>
<nav><a href="/">Home</a><a href="/article">Tides</a><a href="/listing">Boats</a><a href="/latin1">Deutsch</a></nav>
</header>
)" + main + R"(<footer>
<p>The Harbour Almanac is made by the people who open the harbour office at six.
<a href="/">Contents</a> · <a href="/robots.txt">For robots</a></p>
</footer>
<script>document.documentElement.classList.add("ready");</script>
</body>
</html>
)";
}

}  // namespace

std::string article_page() {
    return framed(R"(<title>Reading a tide table – The Harbour Almanac</title>
<meta name="description" content="How to read a tide table, what the rule of twelfths is good for, and when not to trust either.">
<meta name="author" content="Ida Kroon">
<link rel="canonical" href="/article">
<meta property="og:type" content="article">
<meta property="og:title" content="Reading a tide table">
<meta property="og:description" content="How to read a tide table, and when not to trust it.">
<meta property="og:image" content="/images/tide-staff.jpg">
<meta property="og:site_name" content="The Harbour Almanac">
<meta property="article:published_time" content="2025-06-03T08:30:00Z">
)",
                  R"(<main><article>
<h1>Reading a tide table</h1>
<p class="byline">By <a rel="author" href="/listing#ida">Ida Kroon</a>, <time datetime="2025-06-03">3 June 2025</time></p>
<p>A tide table is four numbers a day and a great deal left unsaid. It tells you <em>when</em> the water
turns and <em>how high</em> it stands when it does. Everything between, which is where boats actually
float, you work out yourself. This page shows how we do it at the harbour office, with a pencil.</p>

<h2>What the columns mean</h2>
<p>Take the first three days of June. Heights are metres above <strong>chart datum</strong>, the level that the
depths on the chart are counted from; add the two and you have the depth under you.</p>
<table>
<caption>Harbour mouth, June 2025</caption>
<thead><tr><th>Day</th><th>Low</th><th>Height</th><th>High</th><th>Height</th></tr></thead>
<tbody>
<tr><td>1 Jun</td><td>04:12</td><td>0.9 m</td><td>10:21</td><td>4.6 m</td></tr>
<tr><td>2 Jun</td><td>05:01</td><td>1.1 m</td><td>11:14</td><td>4.4 m</td></tr>
<tr><td>3 Jun</td><td>05:58</td><td>1.3 m</td><td>12:17</td><td>4.1 m</td></tr>
</tbody>
</table>
<p>The range shrinks from one day to the next: we are going from springs to neaps. On the first the water
rises 3.7&nbsp;m, on the third only 2.8&nbsp;m.</p>

<h2>The rule of twelfths</h2>
<p>Water does not rise evenly. Divide the range by twelve, and over the six hours it comes in as:</p>
<ol>
<li>one twelfth in the first hour,</li>
<li>two in the second,</li>
<li>three in the third,</li>
<li>three in the fourth,</li>
<li>two in the fifth,</li>
<li>one in the sixth.</li>
</ol>
<p>So half of all the water arrives in the two middle hours, which is also when the stream in the entrance
runs hardest. As a formula for those who would rather type it:</p>
<pre><code class="language-python">def height(low, high, hours):
    twelfths = [0, 1, 3, 6, 9, 11, 12]
    return low + (high - low) * twelfths[hours] / 12
</code></pre>
<p>With the figures of 1 June, <code>height(0.9, 4.6, 3)</code> gives 2.75&nbsp;m at a quarter past seven.</p>

<h2>When not to trust it</h2>
<blockquote><p>The table is a promise made by the moon. The wind was not asked.</p></blockquote>
<p>Tables are computed for ordinary weather. Before you rely on one, ask:</p>
<ul>
<li>Is the <strong>barometer</strong> far from 1013&nbsp;hPa? Each hectopascal is about a centimetre of water.</li>
<li>Has it blown <strong>onshore</strong> for a day or more?
  <ul><li>A steady gale from the west puts 30&nbsp;cm on our high water.</li>
  <li>One from the east takes as much off the low.</li></ul></li>
<li>Is the table in <strong>summer time</strong>? Ours is; the old brass one by the door is not.</li>
</ul>
<p>When in doubt, look at the <a href="/listing">tide staff</a> on the inner pier, then
<a href="/slow">wait a little</a>, and look again.</p>
<figure><img src="/images/tide-staff.jpg" alt="A striped tide staff at half water" width="640" height="420">
<figcaption>The staff on the inner pier, three hours after low water.</figcaption></figure>
</article></main>
)");
}

std::string listing_page() {
    return framed(R"(<title>Boats for sale – The Harbour Almanac</title>
<meta name="description" content="Five boats that lie in the harbour and look for somebody.">
<link rel="canonical" href="/listing">
<link rel="next" href="/listing?page=2">
)",
                  R"(<main>
<h1>Boats for sale</h1>
<p>Five boats that lie here and look for somebody. Ask at the office for the key.</p>
<ul class="boats">
<li><h2><a href="/listing?boat=merel">Merel</a></h2><p>Clinker dinghy, 3.8 m, 1974. Dry since May, varnish
fresh. <strong>€ 1,450</strong></p></li>
<li><h2><a href="/listing?boat=anna-sofie">Anna Sofie</a></h2><p>Folkboat, 7.6 m, 1966. New mast, old engine,
honest survey on board. <strong>€ 9,800</strong></p></li>
<li><h2><a href="/listing?boat=tern">Tern</a></h2><p>Open launch, 5.2 m, 1988, electric since last winter:
four hours at four knots. <strong>€ 6,200</strong></p></li>
<li><h2><a href="/listing?boat=gull-34">Gull 34</a></h2><p>Sloop, 10.3 m, 1981. Sleeps six who like each
other. <strong>€ 21,000</strong></p></li>
<li id="ida"><h2><a href="/listing?boat=kroon">Pilot cutter <i>Kroon</i></a></h2><p>12 m, 1911. Not for sale, but
Ida likes it when people <a href="/article">ask about the tides</a>.</p></li>
</ul>
<p><a rel="next" href="/listing?page=2">More boats</a></p>
</main>
)");
}

std::string index_page() {
    return framed(R"(<title>The Harbour Almanac</title>
<meta name="description" content="Tides, boats and notices of a small harbour.">
)",
                  R"(<main>
<h1>The Harbour Almanac</h1>
<p>Tides, boats and notices of a small harbour.</p>
<ul>
<li><a href="/article">Reading a tide table</a>, a long read</li>
<li><a href="/listing">Boats for sale</a>, five of them</li>
<li><a href="/latin1">Öffnungszeiten der Schleuse</a>, in German and in an old encoding</li>
<li><a href="/old">The tide page at its old address</a>, which moved</li>
<li><a href="/gzip">Notices to mariners</a>, sent compressed</li>
<li><a href="/slow">The tide staff</a>, which takes two seconds to read</li>
</ul>
</main>
)");
}

// Bytes of ISO-8859-1, written as such: \xe4 is ä, \xf6 ö, \xfc ü, \xdf ß.
std::string latin1_page() {
    return "<!DOCTYPE html>\n<html lang=\"de\">\n<head>\n"
           "<title>\xd6"
           "ffnungszeiten der Schleuse</title>\n"
           "<meta name=\"description\" content=\"Wann die Schleuse \xf6"
           "ffnet und wer zuerst f\xe4hrt.\">\n"
           "</head>\n<body>\n<main>\n"
           "<h1>\xd6"
           "ffnungszeiten der Schleuse</h1>\n"
           "<p>Die Schleuse \xf6"
           "ffnet t\xe4glich von sechs Uhr fr\xfch bis zehn Uhr abends, au\xdf"
           "er bei Sturm.\n"
           "Gr\xfc\xdf"
           "en Sie den Schleusenw\xe4rter: er kennt die Tide besser als jede Tafel.</p>\n"
           "<h2>Wer f\xe4hrt zuerst?</h2>\n<ul>\n"
           "<li>Die F\xe4hre hat immer Vorrang.</li>\n"
           "<li>Danach Schiffe \xfc"
           "ber zw\xf6lf Meter, der L\xe4nge nach.</li>\n"
           "<li>Ruderboote d\xfcrfen mit hinein, wenn Platz \xfc"
           "brig bleibt.</li>\n</ul>\n"
           "<p>Geb\xfchr: 4,50 Euro f\xfcr jedes Boot, M\xf6wen frei. "
           "<a href=\"/article\">Die Gezeitentafel</a> h\xe4ngt am B\xfcro.</p>\n"
           "</main>\n</body>\n</html>\n";
}

std::string gzip_page() {
    return framed("<title>Notices to mariners – The Harbour Almanac</title>\n", R"(<main>
<h1>Notices to mariners</h1>
<p>In force until further notice. The newest is on top.</p>
<h2>12 / 2025: Buoy moved</h2>
<p>The green buoy <b>H 7</b> lies 40 m north of its charted place after the May gales. Keep it to starboard all
the same.</p>
<h2>11 / 2025: Dredging</h2>
<p>The dredger <i>Volharding</i> works in the inner basin on weekdays from seven to five. Pass on the side of the
two balls, slowly, and call on channel 12 first.</p>
<h2>9 / 2025: Light</h2>
<p>The light on the outer mole shows <code>Fl(2) R 10s</code> again.</p>
</main>
)");
}

std::string slow_page() {
    return framed("<title>The tide staff – The Harbour Almanac</title>\n", R"(<main>
<h1>The tide staff</h1>
<p>Somebody walked to the end of the pier to read this for you: <strong>2.75 m</strong> and rising.</p>
</main>
)");
}

std::string missing_page() {
    return framed("<title>Not found – The Harbour Almanac</title>\n", R"(<main>
<h1>Nothing moored here</h1>
<p>There is no such page. <a href="/">Back to the harbour</a>.</p>
</main>
)");
}

std::string robots_text() {
    return "User-agent: *\nDisallow: /private/\n";
}

}  // namespace fetchd::test
