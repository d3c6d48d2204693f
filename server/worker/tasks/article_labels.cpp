#include "worker/tasks/article_labels.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "worker/tasks/article_words.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks::articles {
namespace {

using namespace says;

struct label {
    std::string_view text;  // small letters as far as they are ASCII
    std::uint32_t bits;
};

// In Arabic, Chinese, Czech, Danish, Dutch, English, French, German, Hebrew, Hindi, Hungarian, Italian,
// Japanese, Korean, Norwegian, Persian, Polish, Portuguese, Russian, Spanish, Swedish, Turkish and Ukrainian;
// sorted. A text is a label that begins with one of them and ends there or goes on without a letter; one that
// ends in a space may be followed by anything.
constexpr label labels[] = {
    {"a lire aussi", related},
    {"about the author", author},
    {"advertentie", advert},
    {"advertisement", advert},
    {"advertisements", advert},
    {"annonce", advert},
    {"annons", advert},
    {"anzeige", advert},
    {"articles liés", related},
    {"articles similaires", related},
    {"articoli correlati", related},
    {"artikel teilen", sharing},
    {"artículos relacionados", related},
    {"auch interessant", related},
    {"by clicking “accept", overlay},
    {"by continuing to use this site", overlay},
    {"ce site utilise des cookies", overlay},
    {"comentarios", comments},
    {"comentários", comments},
    {"commentaires", comments},
    {"commenti", comments},
    {"comments", comments},
    {"comparte este artículo", sharing},
    {"continue reading", related},
    {"cookie preferences", overlay},
    {"cookie settings", overlay},
    {"cookie-einstellungen", overlay},
    {"czytaj także", related},
    {"das könnte sie auch interessieren", related},
    {"deixe um comentário", comments},
    {"deja un comentario", comments},
    {"deze site gebruikt cookies", overlay},
    {"deze website gebruikt cookies", overlay},
    {"diese seite verwendet cookies", overlay},
    {"diese webseite verwendet cookies", overlay},
    {"diese website nutzt cookies", overlay},
    {"diese website verwendet cookies", overlay},
    {"diskuse", comments},
    {"don't miss", related},
    {"editor's picks", related},
    {"editors' picks", related},
    {"este site utiliza cookies", overlay},
    {"este sitio utiliza cookies", overlay},
    {"este sitio web utiliza cookies", overlay},
    {"follow us", sharing},
    {"gerelateerde artikelen", related},
    {"hozzászólások", comments},
    {"ilgili haberler", related},
    {"join the conversation", comments},
    {"join the discussion", comments},
    {"komentarze", comments},
    {"komentáře", comments},
    {"kommentar schreiben", comments},
    {"kommentare", comments},
    {"kommentarer", comments},
    {"laisser un commentaire", comments},
    {"lascia un commento", comments},
    {"latest articles", related},
    {"latest news", related},
    {"latest posts", related},
    {"latest stories", related},
    {"le respect de votre vie privée", overlay},
    {"leave a comment", comments},
    {"leave a reply", comments},
    {"lee también", related},
    {"lees ook", related},
    {"leggi anche", related},
    {"leia mais", related},
    {"leia também", related},
    {"les også", related},
    {"les plus lus", related},
    {"lesen sie auch", related},
    {"lire aussi", related},
    {"lire la suite", related},
    {"lo más leído", related},
    {"läs mer", related},
    {"läs också", related},
    {"læs også", related},
    {"mais lidas", related},
    {"manage consent", overlay},
    {"mehr zu ", related},
    {"mehr zum thema", related},
    {"meistgelesen", related},
    {"more articles", related},
    {"more from ", related},
    {"more in ", related},
    {"more like this", related},
    {"more news", related},
    {"more on ", related},
    {"more stories", related},
    {"most popular", related},
    {"most read", related},
    {"most viewed", related},
    {"más información", related},
    {"más noticias", related},
    {"newsletter", sign_up},
    {"noi e i nostri partner", overlay},
    {"nosotros y nuestros socios", overlay},
    {"noticias relacionadas", related},
    {"notícias relacionadas", related},
    {"nous et nos partenaires", overlay},
    {"nous utilisons des cookies", overlay},
    {"nós e nossos parceiros", overlay},
    {"our website uses cookies", overlay},
    {"partager cet article", sharing},
    {"passend zum thema", related},
    {"podobne artykuły", related},
    {"popular posts", related},
    {"post a comment", comments},
    {"potrebbe interessarti", related},
    {"publicidad", advert},
    {"publicidade", advert},
    {"publicité", advert},
    {"questo sito utilizza", overlay},
    {"reacties", comments},
    {"read also", related},
    {"read more", related},
    {"read next", related},
    {"reader comments", comments},
    {"recent articles", related},
    {"recent comments", comments},
    {"recent posts", related},
    {"recommended", related},
    {"recommended for you", related},
    {"reklam", advert},
    {"reklama", advert},
    {"related", related},
    {"related articles", related},
    {"related content", related},
    {"related coverage", related},
    {"related links", related},
    {"related news", related},
    {"related posts", related},
    {"related products", related},
    {"related stories", related},
    {"related topics", related},
    {"related videos", related},
    {"schreibe einen kommentar", comments},
    {"share on", sharing},
    {"share this", sharing},
    {"share this ", sharing},
    {"sign up for ", sign_up},
    {"similar articles", related},
    {"similar products", related},
    {"související články", related},
    {"sponsored", advert},
    {"sponsored content", advert},
    {"subscribe to ", sign_up},
    {"sur le même sujet", related},
    {"ta strona używa", overlay},
    {"también te puede interesar", related},
    {"te puede interesar", related},
    {"tento web používá", overlay},
    {"this site uses cookies", overlay},
    {"this website uses cookies", overlay},
    {"top stories", related},
    {"trending", related},
    {"trending now", related},
    {"up next", related},
    {"usamos cookies", overlay},
    {"utilizamos cookies", overlay},
    {"utilizziamo i cookie", overlay},
    {"używamy ciasteczek", overlay},
    {"używamy plików cookie", overlay},
    {"veja também", related},
    {"verwandte artikel", related},
    {"verwandte themen", related},
    {"vi använder cookies", overlay},
    {"vi bruger cookies", overlay},
    {"vi bruker informasjonskapsler", overlay},
    {"voir aussi", related},
    {"vous aimerez aussi", related},
    {"we and our partners", overlay},
    {"we care about your privacy", overlay},
    {"we use cookies", overlay},
    {"we value your privacy", overlay},
    {"weitere artikel", related},
    {"weitere meldungen", related},
    {"what to read next", related},
    {"wij gebruiken cookies", overlay},
    {"wir nutzen cookies", overlay},
    {"wir schätzen ihre privatsphäre", overlay},
    {"wir und unsere partner", overlay},
    {"wir verwenden cookies", overlay},
    {"yorumlar", comments},
    {"you may also like", related},
    {"you might also like", related},
    {"your privacy choices", overlay},
    {"zobacz także", related},
    {"zum thema", related},
    {"À lire aussi", related},
    {"à lire aussi", related},
    {"čtete také", related},
    {"İlgili haberler", related},
    {"Коментарі", comments},
    {"Комментарии", comments},
    {"По теме", related},
    {"Похожие", related},
    {"Реклама", advert},
    {"Читайте также", related},
    {"Читайте також", related},
    {"мы используем cookie", overlay},
    {"мы используем файлы cookie", overlay},
    {"сайт использует cookie", overlay},
    {"תגובות", comments},
    {"اقرأ أيضا", related},
    {"اقرأ أيضاً", related},
    {"التعليقات", comments},
    {"مطالب مرتبط", related},
    {"مواضيع ذات صلة", related},
    {"نظرات", comments},
    {"यह भी पढ़ें", related},
    {"あわせて読みたい", related},
    {"おすすめ記事", related},
    {"コメント", comments},
    {"人気記事", related},
    {"广告", advert},
    {"広告", advert},
    {"廣告", advert},
    {"延伸閱讀", related},
    {"延伸阅读", related},
    {"当サイトではcookie", overlay},
    {"推荐阅读", related},
    {"本网站使用cookie", overlay},
    {"热门推荐", related},
    {"猜你喜欢", related},
    {"留言", comments},
    {"相关文章", related},
    {"相关新闻", related},
    {"相关阅读", related},
    {"相關文章", related},
    {"相關新聞", related},
    {"网友评论", comments},
    {"評論", comments},
    {"评论", comments},
    {"関連記事", related},
    {"관련 기사", related},
    {"관련기사", related},
    {"광고", advert},
    {"댓글", comments},
};

static_assert(std::is_sorted(std::begin(labels), std::end(labels),
                             [](label const& a, label const& b) { return a.text < b.text; }));

// Where the labels with each first byte begin.
constexpr auto starts = [] {
    std::array<std::uint16_t, 257> at{};
    for (auto const& l : labels)
        ++at[static_cast<unsigned char>(l.text[0]) + 1U];
    for (std::size_t byte = 1; byte < at.size(); ++byte)
        at[byte] = static_cast<std::uint16_t>(at[byte] + at[byte - 1]);
    return at;
}();

// What may follow a label: a number in brackets, a colon, an ellipsis.
bool is_tail(std::string_view rest) {
    return std::all_of(rest.begin(), rest.end(),
                       [](char c) {
                           return (c >= '0' && c <= '9') || c == ' ' || c == ':' || c == '(' || c == ')' ||
                                  c == '.' || c == '!' || c == '[' || c == ']';
                       }) ||
           rest == "\uFF1A" || rest == "\u2026";
}

bool is_colon(std::string_view rest) {
    rest = utf8::trimmed(rest);
    return rest.starts_with(':') || rest.starts_with("\uFF1A");
}

}  // namespace

std::uint32_t labelled(std::string_view text, bool is_start) {
    text = utf8::trimmed(text);
    if (text.empty() || text.size() > max_label)
        return 0;
    // A count may also stand before: "12 comments".
    while (!text.empty() && ((text[0] >= '0' && text[0] <= '9') || text[0] == ' '))
        text.remove_prefix(1);
    if (text.empty())
        return 0;
    std::array<char, max_label> small{};
    std::transform(text.begin(), text.end(), small.begin(), ascii_lower);
    std::string_view const wanted(small.data(), text.size());
    auto const first = static_cast<unsigned char>(wanted[0]);
    for (std::size_t i = starts[first]; i < starts[first + 1U]; ++i) {
        auto const& l = labels[i];
        if (!wanted.starts_with(l.text))
            continue;
        auto const rest = wanted.substr(l.text.size());
        if (l.bits == overlay || (is_start ? is_colon(rest) : l.text.ends_with(' ') || is_tail(rest)))
            return l.bits;
    }
    return 0;
}

}  // namespace fetchd::tasks::articles
