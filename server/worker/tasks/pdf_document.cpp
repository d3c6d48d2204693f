#include "worker/tasks/pdf_document.hpp"

#include <Error.h>
#include <ErrorCodes.h>
#include <GlobalParams.h>
#include <Object.h>
#include <PDFDoc.h>
#include <UTF.h>
#include <time.h>

#include <algorithm>
#include <limits>

#include "worker/tasks/pdf_clean.hpp"
#include "worker/tasks/pdf_state.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks::pdf {
namespace {

std::string entry_of(Object const& dictionary, char const* key) {
    return dictionary.isDict() ? text_of(dictionary.dictLookup(key)) : std::string();
}

std::string date_of(Object const& dictionary, char const* key) {
    return rfc3339(entry_of(dictionary, key)).value_or(std::string());
}

facts facts_of(PDFDoc& poppler) {
    facts f;
    auto const info = poppler.getDocInfo();
    f.title = entry_of(info, "Title");
    f.author = entry_of(info, "Author");
    f.subject = entry_of(info, "Subject");
    f.keywords = entry_of(info, "Keywords");
    f.creator = entry_of(info, "Creator");
    f.producer = entry_of(info, "Producer");
    f.created = date_of(info, "CreationDate");
    f.modified = date_of(info, "ModDate");
    f.language = entry_of(poppler.getXRef()->getCatalog(), "Lang");
    f.version =
        std::to_string(poppler.getPDFMajorVersion()) + '.' + std::to_string(poppler.getPDFMinorVersion());
    f.encrypted = poppler.isEncrypted();
    f.copying_allowed = poppler.okToCopy();
    f.pages = static_cast<unsigned>(std::max(0, poppler.getNumPages()));
    return f;
}

}  // namespace

std::string text_of(Object const& o) {
    if (!o.isString())
        return {};
    // Converted before it is cut: bytes of an encoding unknown here cannot be cut anywhere.
    auto const& bytes = o.getString()->toStr();
    if (bytes.starts_with("\xEF\xBB\xBF"))  // UTF-8, since PDF 2.0
        return clean_line(bytes, limits::string_bytes);
    Unicode* points = nullptr;
    auto const count = TextStringToUCS4(bytes.substr(0, 4 * limits::string_bytes), &points);
    std::string text;
    for (int i = 0; i < count; ++i)
        utf8::append(text, points[i]);
    gfree(points);
    return clean_line(text, limits::string_bytes);
}

std::string address_of(Object const& o) {
    if (!o.isString() || o.getString()->toStr().size() > limits::string_bytes)
        return {};
    std::string url;
    utf8::append_valid(url, utf8::trimmed(o.getString()->toStr()));
    bool const odd =
        std::any_of(url.begin(), url.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
    return odd ? std::string() : url;
}

void prepare() {
    static bool const done = [] {
        // A folder that cannot be there: poppler learns of no data file, and so opens none later on.
        globalParams = std::make_unique<GlobalParams>("/dev/null/poppler");
        globalParams->setErrQuiet(true);
        setErrorCallback([](ErrorCategory, Goffset, char const*) {});
        globalParams->getUtf8Map();
        ::tzset();  // lcms asks for the time of day in every colour profile it makes
        return true;
    }();
    static_cast<void>(done);
}

document::document(std::unique_ptr<state> s) : state_(std::move(s)) {}
document::document(document&&) noexcept = default;
document& document::operator=(document&&) noexcept = default;
document::~document() = default;

result<document> document::open(std::string_view bytes) {
    prepare();
    auto mine = std::make_unique<state>();
    mine->poppler =
        std::make_unique<PDFDoc>(new MemStream(bytes.data(), 0, static_cast<Goffset>(bytes.size()),
                                               Object(objNull)));  // the PDFDoc owns the stream
    if (!mine->poppler->isOk()) {
        bool const locked = mine->poppler->getErrorCode() == errEncrypted;
        return failure{stage::process, code::bad_document,
                       locked ? "the PDF is encrypted and needs a password" : "the PDF is damaged"};
    }
    mine->about = facts_of(*mine->poppler);
    return document(std::move(mine));
}

facts const& document::about() const {
    return state_->about;
}

}  // namespace fetchd::tasks::pdf
