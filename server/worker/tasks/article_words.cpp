#include "worker/tasks/article_words.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks::articles {
namespace {

using namespace says;

struct word {
    std::string_view text;
    std::uint32_t bits;
    bool start = false;  // longer words that begin so mean the same
    bool alone = false;  // only as a name by itself: "hidden", but not "hidden-xs", which is seen elsewhere
};

// Sorted. English first of all, as it is what most class names are in, then German, French, Spanish,
// Portuguese, Italian, Dutch, Polish, Czech, Russian and Chinese as these are transcribed.
constexpr word words[] = {
    {"abstract", lead},
    {"ad", advert},
    {"addthis", sharing, true},
    {"admonition", note},
    {"ads", advert},
    {"adsense", advert, true},
    {"adslot", advert, true},
    {"advert", advert, true},
    {"agegate", overlay},
    {"aktie", sharing},
    {"also", related},
    {"annons", advert, true},
    {"anzeige", advert, true},
    {"article", content},
    {"articlebody", body, true},
    {"articlecontent", body, true},
    {"articletext", body, true},
    {"articulo", content},
    {"artikel", content},
    {"aside", aside},
    {"author", author | about, true},
    {"autor", author | about, true},
    {"bajada", lead},
    {"banner", header},
    {"beitrag", content},
    {"bilderstrecke", gallery},
    {"bio", author},
    {"blog", content},
    {"blogpost", content},
    {"body", content},
    {"bookmark", sharing, true},
    {"breadcrumb", navigation, true},
    {"buttons", tools},
    {"byline", author | about, true},
    {"bypass", unseen},
    {"callout", note},
    {"caption", caption},
    {"carousel", gallery | related},
    {"catlinks", navigation | about},
    {"caution", note},
    {"chapeau", lead},
    {"chapo", lead},
    {"cikk", content},
    {"clanek", content},
    {"combx", comments},
    {"comentario", comments, true},
    {"comment", comments, true},
    {"commercial", aside},
    {"compartilh", sharing, true},
    {"compartir", sharing},
    {"condivid", sharing, true},
    {"consent", overlay},
    {"content", content},
    {"contentbody", body},
    {"contenu", content},
    {"conteudo", content},
    {"contribut", about, true},
    {"cookie", overlay, true},
    {"copyright", footer},
    {"correlat", related, true},
    {"credit", caption},
    {"daodu", lead},
    {"daohang", navigation},
    {"date", date | about, true},
    {"dateline", date | about},
    {"datum", date | about},
    {"deck", lead},
    {"dek", lead},
    {"delen", sharing},
    {"dialog", overlay},
    {"diaporama", gallery},
    {"disclaimer", footer},
    {"discuss", comments, true},
    {"diskus", comments, true},
    {"disqus", comments, true},
    {"editsection", tools},
    {"empfehl", related, true},
    {"entradilla", lead},
    {"entry", content},
    {"entrycontent", body},
    {"entrytext", body},
    {"excerpt", lead},
    {"facebook", sharing},
    {"feedback", tools},
    {"fenxiang", sharing},
    {"flyout", overlay},
    {"followus", sharing},
    {"foot", footer},
    {"footer", footer, true},
    {"footmenu", footer | navigation},
    {"fotostrecke", gallery},
    {"fuss", footer},
    {"galeria", gallery},
    {"galerie", gallery},
    {"gallery", gallery},
    {"gdpr", overlay, true},
    {"guanggao", advert},
    {"header", header},
    {"headline", title},
    {"hentry", content},
    {"hidden", unseen, false, true},
    {"hide", unseen, false, true},
    {"hint", note},
    {"important", note},
    {"ingress", lead},
    {"inhalt", content},
    {"instagram", sharing},
    {"intro", lead},
    {"koment", comments, true},
    {"kommentar", comments, true},
    {"kopf", header},
    {"langlink", navigation, true},
    {"lead", lead},
    {"lede", lead},
    {"leserbrief", comments, true},
    {"lid", lead},
    {"linkedin", sharing},
    {"login", sign_up, true},
    {"mailinglist", sign_up},
    {"main", content},
    {"maincontent", content},
    {"mainnav", navigation},
    {"masthead", header},
    {"menu", navigation, true},
    {"meta", about},
    {"metadata", about},
    {"modal", overlay},
    {"more", related},
    {"morelink", related},
    {"mostpopular", related},
    {"mostread", related},
    {"nav", navigation},
    {"navbar", navigation},
    {"navbox", navigation},
    {"navi", navigation},
    {"navig", navigation, true},
    {"neirong", content},
    {"newsletter", sign_up, true},
    {"nextprev", navigation},
    {"nocontent", aside},
    {"noprint", tools},
    {"note", note},
    {"notecard", note},
    {"noticia", content},
    {"obsah", content},
    {"outbrain", related, true},
    {"overlay", overlay},
    {"pager", navigation},
    {"paginat", navigation, true},
    {"partager", sharing},
    {"paywall", sign_up},
    {"pingback", comments, true},
    {"pinglun", comments},
    {"pinterest", sharing},
    {"popover", overlay},
    {"popular", related, true},
    {"popup", overlay, true},
    {"post", content},
    {"postbody", body},
    {"postcontent", body},
    {"posttext", body},
    {"prevnext", navigation},
    {"print", tools},
    {"printonly", unseen},
    {"promo", advert, true},
    {"pubdate", date | about},
    {"publicidad", advert, true},
    {"publicit", advert, true},
    {"published", date | about},
    {"pullquote", note},
    {"reactie", comments, true},
    {"readmore", related},
    {"readnext", related},
    {"recirc", related, true},
    {"recommend", related, true},
    {"reklam", advert, true},
    {"relat", related, true},
    {"replies", comments},
    {"respond", comments},
    {"rss", sharing},
    {"sapo", lead},
    {"screenreader", unseen, true},
    {"sdilet", sharing},
    {"seealso", related},
    {"share", sharing, true},
    {"sharing", sharing, true},
    {"shoutbox", comments},
    {"sidebar", aside, true},
    {"signin", sign_up},
    {"signup", sign_up, true},
    {"sitemap", navigation},
    {"skip", unseen},
    {"skiplink", unseen, true},
    {"skyscraper", advert},
    {"slider", gallery},
    {"slideshow", gallery},
    {"social", sharing, true},
    {"sommario", lead},
    {"sponsor", advert, true},
    {"sr", unseen},
    {"standfirst", lead},
    {"statya", content},
    {"story", content},
    {"storybody", body, true},
    {"subhead", lead},
    {"subheadline", lead},
    {"subscri", sign_up, true},
    {"subtitle", lead},
    {"summary", lead},
    {"taboola", related, true},
    {"tagcloud", navigation},
    {"taglist", about},
    {"tags", about},
    {"teaser", related, true},
    {"teilen", sharing},
    {"timestamp", date | about},
    {"tip", note},
    {"title", title},
    {"toolbar", tools, true},
    {"toolbox", tools, true},
    {"tools", tools},
    {"topnav", navigation},
    {"trackback", comments, true},
    {"trending", related},
    {"tuijian", related},
    {"tweet", sharing, true},
    {"twitter", sharing, true},
    {"udostepnij", sharing},
    {"verwandt", related, true},
    {"visuallyhidden", unseen},
    {"vorspann", lead},
    {"warning", note},
    {"weibo", sharing},
    {"wenzhang", content},
    {"werbung", advert, true},
    {"whatsapp", sharing},
    {"widget", aside, true},
    {"xiangguan", related},
    {"yarpp", related, true},
    {"zhaiyao", lead},
    {"zhengwen", body},
};

static_assert(std::is_sorted(std::begin(words), std::end(words),
                             [](word const& a, word const& b) { return a.text < b.text; }));

constexpr std::size_t letters = 26;
constexpr std::size_t longest = 24;  // letters of a word; the rest of it is not looked at

// Where the words with each first letter begin.
constexpr auto starts = [] {
    std::array<std::uint16_t, letters + 1> at{};
    for (auto const& w : words)
        ++at[static_cast<std::size_t>(w.text[0] - 'a') + 1];
    for (std::size_t letter = 1; letter <= letters; ++letter)
        at[letter] = static_cast<std::uint16_t>(at[letter] + at[letter - 1]);
    return at;
}();

std::uint32_t bits_of(std::string_view name, bool alone) {
    auto const letter = static_cast<std::size_t>(name[0] - 'a');
    if (letter >= letters)
        return 0;
    std::uint32_t bits = 0;
    for (std::size_t i = starts[letter]; i < starts[letter + 1]; ++i) {
        auto const& w = words[i];
        if ((alone || !w.alone) && (w.start ? name.starts_with(w.text) : name == w.text))
            bits |= w.bits;
    }
    return bits;
}

bool is_small(char c) {
    return c >= 'a' && c <= 'z';
}

bool is_capital(char c) {
    return c >= 'A' && c <= 'Z';
}

}  // namespace

std::uint32_t said_by(std::string_view names) {
    names = names.substr(0, max_names);
    std::uint32_t bits = 0;
    std::array<char, longest> name{};
    std::size_t length = 0;
    bool begins = true;  // the word begins the name
    char before = ' ';
    auto const end = [&](bool ends) {
        if (length > 1)
            bits |= bits_of({name.data(), length}, begins && ends);
        if (length > 0)
            begins = false;
        length = 0;
    };
    for (char const c : names) {
        if (!is_small(c) && !is_capital(c)) {
            end(utf8::is_space(c));
            begins = utf8::is_space(c);
        } else {
            if (is_capital(c) && is_small(before))
                end(false);
            if (length < longest)
                name[length++] = ascii_lower(c);
        }
        before = c;
    }
    end(true);
    return bits;
}

}  // namespace fetchd::tasks::articles
