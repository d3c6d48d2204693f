#include "worker/tasks/html_document.hpp"

#include <myhtml/myhtml.h>

#include <array>
#include <utility>

namespace fetchd::html {
namespace {

struct tag_row {
    std::size_t id;
    tag as;
};

constexpr auto tags_of_ids = [] {
    std::array<tag, MyHTML_TAG_LAST_ENTRY> table{};
    table.fill(tag::other);
    constexpr tag_row rows[] = {
        {MyHTML_TAG__TEXT, tag::text},
        {MyHTML_TAG__COMMENT, tag::comment},
        {MyHTML_TAG__DOCTYPE, tag::doctype},
        {MyHTML_TAG_TEMPLATE, tag::template_},
#define ROW(upper, lower) {MyHTML_TAG_##upper, tag::lower},
        // clang-format off
        ROW(A, a) ROW(ADDRESS, address) ROW(AREA, area) ROW(ARTICLE, article) ROW(ASIDE, aside) ROW(AUDIO, audio)
        ROW(B, b) ROW(BASE, base) ROW(BLOCKQUOTE, blockquote) ROW(BODY, body) ROW(BR, br) ROW(BUTTON, button)
        ROW(CANVAS, canvas) ROW(CAPTION, caption) ROW(CENTER, center) ROW(CODE, code) ROW(COL, col)
        ROW(COLGROUP, colgroup) ROW(DATALIST, datalist) ROW(DD, dd) ROW(DEL, del) ROW(DETAILS, details)
        ROW(DIALOG, dialog) ROW(DIR, dir) ROW(DIV, div) ROW(DL, dl) ROW(DT, dt) ROW(EM, em) ROW(EMBED, embed)
        ROW(FIELDSET, fieldset) ROW(FIGCAPTION, figcaption) ROW(FIGURE, figure) ROW(FOOTER, footer) ROW(FORM, form)
        ROW(FRAME, frame) ROW(FRAMESET, frameset) ROW(H1, h1) ROW(H2, h2) ROW(H3, h3) ROW(H4, h4) ROW(H5, h5)
        ROW(H6, h6) ROW(HEAD, head) ROW(HEADER, header) ROW(HGROUP, hgroup) ROW(HR, hr) ROW(HTML, html) ROW(I, i)
        ROW(IFRAME, iframe) ROW(IMG, img) ROW(INPUT, input) ROW(INS, ins) ROW(KBD, kbd) ROW(LEGEND, legend)
        ROW(LI, li) ROW(LINK, link) ROW(MAIN, main) ROW(MATH, math) ROW(MENU, menu) ROW(META, meta) ROW(NAV, nav)
        ROW(NOEMBED, noembed) ROW(NOFRAMES, noframes) ROW(NOSCRIPT, noscript) ROW(OBJECT, object) ROW(OL, ol)
        ROW(OPTGROUP, optgroup) ROW(OPTION, option) ROW(P, p) ROW(PARAM, param) ROW(PRE, pre) ROW(Q, q) ROW(S, s)
        ROW(SAMP, samp) ROW(SCRIPT, script) ROW(SECTION, section) ROW(SELECT, select) ROW(SOURCE, source)
        ROW(SPAN, span) ROW(STRIKE, strike) ROW(STRONG, strong) ROW(STYLE, style) ROW(SUB, sub) ROW(SUMMARY, summary)
        ROW(SUP, sup) ROW(SVG, svg) ROW(TABLE, table) ROW(TBODY, tbody) ROW(TD, td) ROW(TEXTAREA, textarea)
        ROW(TFOOT, tfoot) ROW(TH, th) ROW(THEAD, thead) ROW(TITLE, title) ROW(TR, tr) ROW(TRACK, track) ROW(TT, tt)
        ROW(U, u) ROW(UL, ul) ROW(VAR, var) ROW(VIDEO, video) ROW(WBR, wbr) ROW(XMP, xmp) ROW(LISTING, listing)
        ROW(PLAINTEXT, plaintext)
    // clang-format on
#undef ROW
    };
    for (auto const& row : rows)
        table[row.id] = row.as;
    return table;
}();

myhtml_tree_node_t* raw(void* at) {
    return static_cast<myhtml_tree_node_t*>(at);
}

std::string_view view(mycore_string_t const& s) {
    return s.data != nullptr ? std::string_view(s.data, s.length) : std::string_view();
}

}  // namespace

// ---- node

tag node::tag() const {
    auto const* n = raw(at_);
    if (n->parent == nullptr)
        return tag::document;
    if (n->ns != MyHTML_NAMESPACE_HTML && n->tag_id > MyHTML_TAG__DOCTYPE && n->tag_id != MyHTML_TAG_SVG &&
        n->tag_id != MyHTML_TAG_MATH)
        return tag::foreign;
    return n->tag_id < tags_of_ids.size() ? tags_of_ids[n->tag_id] : tag::other;
}

std::string_view node::name() const {
    auto const* n = raw(at_);
    std::size_t length = 0;
    auto const* name = myhtml_tag_name_by_id(n->tree, n->tag_id, &length);
    return name != nullptr ? std::string_view(name, length) : std::string_view();
}

std::string_view node::text() const {
    auto const* n = raw(at_);
    return n->token != nullptr && n->tag_id == MyHTML_TAG__TEXT ? view(n->token->str) : std::string_view();
}

std::optional<std::string_view> node::attribute(std::string_view name) const {
    auto const* n = raw(at_);
    if (n->token == nullptr)
        return std::nullopt;
    for (auto const* a = n->token->attr_first; a != nullptr; a = a->next)
        if (view(a->key) == name)
            return view(a->value);
    return std::nullopt;
}

attribute node::first_attribute() const {
    auto const* n = raw(at_);
    return html::attribute(n->token != nullptr ? n->token->attr_first : nullptr);
}

node node::last_child() const {
    return node(raw(at_)->last_child);
}

node node::previous() const {
    return node(raw(at_)->prev);
}

std::uint32_t node::number() const {
    return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(raw(at_)->data));
}

void node::set_number(std::uint32_t n) const {
    raw(at_)->data = reinterpret_cast<void*>(static_cast<std::uintptr_t>(n));
}

unsigned node::annotations() const {
    auto const* n = raw(at_);
    if (n->token == nullptr)
        return 0;
    unsigned found = 0;
    for (auto const* a = n->token->attr_first; a != nullptr; a = a->next) {
        auto const name = view(a->key);
        switch (name.size()) {
            case 5:
                found |= name == "about" || name == "vocab" ? rdfa : 0U;
                break;
            case 6:
                found |= name == "typeof" ? rdfa : 0U;
                break;
            case 8:
                found |= name == "itemprop"                         ? itemprop
                         : name == "property"                       ? rdfa_property
                         : name == "resource" || name == "datatype" ? rdfa
                                                                    : 0U;
                break;
            case 9:
                found |= name == "itemscope" ? itemscope : 0U;
                break;
            default:
                break;
        }
    }
    return found;
}

node node::parent() const {
    return node(raw(at_)->parent);
}

node node::first_child() const {
    return node(raw(at_)->child);
}

node node::next() const {
    return node(raw(at_)->next);
}

// ---- attribute

std::string_view attribute::name() const {
    return view(static_cast<myhtml_token_attr_t*>(at_)->key);
}

std::string_view attribute::value() const {
    return view(static_cast<myhtml_token_attr_t*>(at_)->value);
}

attribute attribute::next() const {
    return attribute(static_cast<myhtml_token_attr_t*>(at_)->next);
}

// ---- document

struct document::tree {
    myhtml_t* parser = nullptr;
    myhtml_tree_t* nodes = nullptr;
    std::size_t pieces = 0;
    std::size_t effort = 0;

    tree() = default;
    tree(tree const&) = delete;
    tree& operator=(tree const&) = delete;
    ~tree() {
        if (nodes != nullptr)
            myhtml_tree_destroy(nodes);
        if (parser != nullptr)
            myhtml_destroy(parser);
    }

    bool prepare();
    result<void> feed(std::string_view utf8, limits const&);
};

bool document::tree::prepare() {
    parser = myhtml_create();
    if (parser == nullptr || myhtml_init(parser, MyHTML_OPTIONS_PARSE_MODE_SINGLE, 1, 0) != MyHTML_STATUS_OK)
        return false;
    nodes = myhtml_tree_create();
    if (nodes == nullptr || myhtml_tree_init(nodes, parser) != MyHTML_STATUS_OK)
        return false;
    myhtml_callback_tree_node_insert_set(
        nodes, [](myhtml_tree_t*, myhtml_tree_node_t*, void* t) { ++static_cast<tree*>(t)->pieces; }, this);
    return true;
}

// The parser's own loop over its states (myhtml_tokenizer_chunk_process), with a look at the limits between
// two steps: a step ends at most one tag or attribute, and the parser offers no other place to stop it from.
result<void> document::tree::feed(std::string_view utf8, limits const& most) {
    myhtml_encoding_set(nodes, MyENCODING_UTF_8);
    // Also sets up the first token; an empty chunk passes the loop by.
    if (myhtml_parse_chunk_single(nodes, utf8.data(), 0) != MyHTML_STATUS_OK)
        return failure{stage::process, code::failed, "html parser"};
    nodes->incoming_buf = mycore_incoming_buffer_add(nodes->incoming_buf, nodes->mcobject_incoming_buf,
                                                     utf8.data(), utf8.size());
    // As a browser with scripts reads it: what is in <noscript> is not part of the page.
    nodes->flags = static_cast<myhtml_tree_flags>(nodes->flags | MyHTML_TREE_FLAGS_SCRIPT);
    auto const* token = nodes->current_token_node;
    auto const* attribute = nodes->attr_current;
    // Pieces of text the parser has freed wait in a tree that is never balanced: searching it is quadratic in
    // the pieces. Forgotten ones go with the document.
    constexpr std::size_t most_freed = 64;
    auto& freed = nodes->mchar->nodes[nodes->mchar_node_id].cache;
    for (std::size_t offset = 0; offset < utf8.size();) {
        offset = parser->parse_state_func[nodes->state](nodes, nodes->current_token_node, utf8.data(), offset,
                                                        utf8.size());
        if (nodes->state == MyHTML_TOKENIZER_STATE_PARSE_ERROR_STOP)
            return failure{stage::process, code::failed, "html parser"};
        if (nodes->current_token_node != token) {
            ++pieces;
            effort += nodes->open_elements->length;
        }
        pieces += static_cast<std::size_t>(nodes->attr_current != attribute);
        token = nodes->current_token_node;
        attribute = nodes->attr_current;
        if (freed.count > most_freed)
            mchar_async_cache_clean(&freed);
        if (effort > most.effort)
            return failure{stage::process, code::too_large, "too many tags, too deeply nested"};
        if (nodes->open_elements->length > most.depth)
            return failure{stage::process, code::too_large,
                           "nested deeper than " + std::to_string(most.depth) + " elements"};
        if (pieces > most.pieces)
            return failure{stage::process, code::too_large,
                           "more than " + std::to_string(most.pieces) + " nodes, tags and attributes"};
    }
    nodes->global_offset += utf8.size();
    if (myhtml_parse_chunk_end(nodes) != MyHTML_STATUS_OK)
        return failure{stage::process, code::failed, "html parser"};
    return {};
}

result<document> document::parse(std::string_view utf8, limits const& most) {
    document made(new tree);
    if (!made.tree_->prepare())
        return failure{stage::process, code::failed, "html parser"};
    if (auto fed = made.tree_->feed(utf8, most); !fed)
        return fed.error();
    return made;
}

document::document(document&& other) noexcept : tree_(std::exchange(other.tree_, nullptr)) {}

document& document::operator=(document&& other) noexcept {
    std::swap(tree_, other.tree_);
    return *this;
}

document::~document() {
    delete tree_;
}

node document::root() const {
    return node(myhtml_tree_get_document(tree_->nodes));
}

node document::head() const {
    return node(myhtml_tree_get_node_head(tree_->nodes));
}

node document::body() const {
    return node(myhtml_tree_get_node_body(tree_->nodes));
}

}  // namespace fetchd::html
