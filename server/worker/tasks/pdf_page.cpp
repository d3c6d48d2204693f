// The text of one page and its links.
#include <Gfx.h>
#include <PDFDoc.h>
#include <Page.h>
#include <TextOutputDev.h>

#include <algorithm>
#include <array>

#include "worker/tasks/pdf_clean.hpp"
#include "worker/tasks/pdf_state.hpp"

namespace fetchd::tasks::pdf {
namespace {

constexpr int max_annotations = 10'000;  // of a page

struct collected {
    std::string text;
    std::size_t room;
};

void collect(void* to, char const* text, int length) {
    auto& c = *static_cast<collected*>(to);
    c.text.append(text, std::min(static_cast<std::size_t>(std::max(length, 0)), c.room - c.text.size()));
}

class bounded_text : public TextOutputDev {
  public:
    bounded_text(collected& to, layout how) : TextOutputDev(collect, &to, how == layout::physical, 0, false) {
        setTextPageBreaks(false);
    }
    bool full() const { return characters_ >= limits::characters_per_page; }

    void drawChar(GfxState* state, double x, double y, double dx, double dy, double origin_x, double origin_y,
                  CharCode code, int bytes, Unicode const* unicode, int length) override {
        if (full())
            return;
        ++characters_;
        TextOutputDev::drawChar(state, x, y, dx, dy, origin_x, origin_y, code, bytes, unicode, length);
    }

  private:
    std::size_t characters_ = 0;
};

struct rectangle {
    double left, low, right, high;
};

std::optional<rectangle> rectangle_of(Object const& annotation) {
    auto const o = annotation.dictLookup("Rect");
    if (!o.isArray() || o.arrayGetLength() != 4)
        return std::nullopt;
    std::array<double, 4> at{};
    for (int i = 0; i < 4; ++i) {
        auto const n = o.arrayGet(i);
        if (!n.isNum())
            return std::nullopt;
        at[static_cast<std::size_t>(i)] = n.getNum();
    }
    return rectangle{std::min(at[0], at[2]), std::min(at[1], at[3]), std::max(at[0], at[2]),
                     std::max(at[1], at[3])};
}

template <class Function>
void each_annotation(Page& page, Function&& use) {
    auto const all = page.getAnnotsObject();
    if (!all.isArray())
        return;
    for (int i = 0; i < std::min(all.arrayGetLength(), max_annotations); ++i)
        if (auto const a = all.arrayGet(i); a.isDict())
            use(a);
}

bool is_hidden(Object const& annotation) {
    auto const flags = annotation.dictLookup("F");  // ISO 32000-2 §12.5.3: bit 2 Hidden, bit 6 NoView
    return flags.isInt() && (static_cast<unsigned>(flags.getInt()) & 0x22U) != 0;
}

// What is filled in or written on the page. Only with an appearance of its own: making one takes fonts.
void draw_annotation(Gfx& gfx, Object const& annotation) {
    auto const kind = annotation.dictLookup("Subtype");
    if ((!kind.isName("Widget") && !kind.isName("FreeText")) || is_hidden(annotation))
        return;
    auto const looks = annotation.dictLookup("AP");
    auto const where = rectangle_of(annotation);
    if (!looks.isDict() || !where)
        return;
    if (auto normal = looks.dictLookup("N"); normal.isStream())
        gfx.drawAnnot(&normal, nullptr, nullptr, where->left, where->low, where->right, where->high, 0);
}

void draw(Page& page, bounded_text& out) {
    auto const full = [](void* o) { return static_cast<bounded_text*>(o)->full(); };
    auto const gfx =
        std::unique_ptr<Gfx>(page.createGfx(&out, 72, 72, 0, false, true, -1, -1, -1, -1, false, full, &out));
    if (auto contents = page.getContents(); contents.isStream() || contents.isArray()) {
        gfx->saveState();
        gfx->display(&contents);
        gfx->restoreState();
    }
    each_annotation(page, [&](Object const& a) { draw_annotation(*gfx, a); });
}

// Where a rectangle of the page is in the coordinates that the text was collected in.
rectangle shown(Page& page, rectangle const& r) {
    std::array<double, 6> m{};
    page.getDefaultCTM(m.data(), 72, 72, 0, false, true);
    auto const x = [&](double a, double b) { return m[0] * a + m[2] * b + m[4]; };
    auto const y = [&](double a, double b) { return m[1] * a + m[3] * b + m[5]; };
    auto const [left, right] = std::minmax({x(r.left, r.low), x(r.right, r.high)});
    auto const [low, high] = std::minmax({y(r.left, r.low), y(r.right, r.high)});
    return {left, low, right, high};
}

std::string text_in(Page& page, TextOutputDev const& text, Object const& annotation) {
    auto const where = rectangle_of(annotation);
    if (!where)
        return {};
    auto const at = shown(page, *where);
    auto const found = std::unique_ptr<GooString>(text.getText(at.left, at.low, at.right, at.high));
    return found ? clean_line(found->toStr(), limits::string_bytes) : std::string();
}

void read_links(Page& page, unsigned number, TextOutputDev const& text, std::vector<link>& links) {
    auto const before = links.size();
    each_annotation(page, [&](Object const& a) {
        if (links.size() - before >= limits::links_per_page || !a.dictLookup("Subtype").isName("Link"))
            return;
        auto const action = a.dictLookup("A");
        if (!action.isDict() || !action.dictLookup("S").isName("URI"))
            return;
        if (auto url = address_of(action.dictLookup("URI")); !url.empty())
            links.push_back({number, std::move(url), text_in(page, text, a)});
    });
}

}  // namespace

page document::read(unsigned number, layout how, std::size_t room, std::vector<link>& links) const {
    page done;
    auto* const source = state_->poppler->getPage(static_cast<int>(number));
    if (source == nullptr)
        return done;  // listed, but not there
    bool const turned = source->getRotate() % 180 != 0;
    done.width = turned ? source->getCropHeight() : source->getCropWidth();
    done.height = turned ? source->getCropWidth() : source->getCropHeight();
    collected to{{}, room};
    bounded_text text(to, how);
    draw(*source, text);
    read_links(*source, number, text, links);
    done.text = clean_page(to.text, how == layout::physical);
    return done;
}

}  // namespace fetchd::tasks::pdf
