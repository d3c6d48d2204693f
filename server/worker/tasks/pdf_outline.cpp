// The outline ("bookmarks") of a PDF (ISO 32000-2 §12.3.3), in the order it is shown in.
#include <Catalog.h>
#include <Link.h>
#include <PDFDoc.h>

#include <set>

#include "worker/tasks/pdf_state.hpp"

namespace fetchd::tasks::pdf {
namespace {

unsigned page_of(PDFDoc& poppler, Object const& destination) {
    if (destination.isArray() && destination.arrayGetLength() > 0) {
        auto const& first = destination.arrayGetNF(0);
        if (first.isRef())
            return static_cast<unsigned>(std::max(0, poppler.findPage(first.getRef())));
        return 0;
    }
    std::unique_ptr<LinkDest> named;
    if (destination.isString()) {
        named = poppler.findDest(destination.getString());
    } else if (destination.isName()) {
        GooString const name(destination.getName());
        named = poppler.findDest(&name);
    }
    if (!named)
        return 0;
    auto const page = named->isPageRef() ? poppler.findPage(named->getPageRef()) : named->getPageNum();
    return static_cast<unsigned>(std::max(0, page));
}

heading heading_of(PDFDoc& poppler, Object const& item, unsigned level) {
    heading h{level, text_of(item.dictLookup("Title")), 0, {}};
    auto const action = item.dictLookup("A");
    if (auto const destination = item.dictLookup("Dest"); !destination.isNull())
        h.page = page_of(poppler, destination);
    else if (action.isDict() && action.dictLookup("S").isName("GoTo"))
        h.page = page_of(poppler, action.dictLookup("D"));
    else if (action.isDict() && action.dictLookup("S").isName("URI"))
        h.url = address_of(action.dictLookup("URI"));
    return h;
}

}  // namespace

std::vector<heading> document::outline() const {
    std::vector<heading> found;
    auto& poppler = *state_->poppler;
    auto* const root = poppler.getCatalog()->getOutline();
    if (root == nullptr || !root->isDict())
        return found;
    std::set<Ref> seen;         // items lead to each other in circles where somebody wants them to
    std::vector<Object> later;  // the next sibling on each level above
    auto item = root->dictLookupNF("First").copy();
    while (found.size() < limits::headings) {
        if (!item.isRef() || !seen.insert(item.getRef()).second) {
            if (later.empty())
                break;
            item = std::move(later.back());
            later.pop_back();
            continue;
        }
        auto const entry = item.fetch(poppler.getXRef());
        if (!entry.isDict()) {
            item = Object(objNull);
            continue;
        }
        found.push_back(heading_of(poppler, entry, static_cast<unsigned>(later.size()) + 1));
        auto next = entry.dictLookupNF("Next").copy();
        if (auto const& first = entry.dictLookupNF("First");
            first.isRef() && later.size() + 1 < limits::heading_depth) {
            later.push_back(std::move(next));
            item = first.copy();
        } else {
            item = std::move(next);
        }
    }
    return found;
}

}  // namespace fetchd::tasks::pdf
