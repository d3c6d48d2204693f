#include "library/transport.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <atomic>
#include <cstring>

namespace fetchd {
inline namespace client_v1 {
namespace {

// Below libcurl's own limit, which it reports as if the connection had been cut.
constexpr std::size_t max_head = 256 * 1024;

struct curl_string {
    char* text = nullptr;
    ~curl_string() { curl_free(text); }
};

struct url_handle {
    CURLU* url = curl_url();
    ~url_handle() { curl_url_cleanup(url); }
};

std::string lower(std::string_view text) {
    std::string all(text);
    for (auto& c : all)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return all;
}

std::string_view trim(std::string_view text) {
    auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!text.empty() && blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && blank(text.back()))
        text.remove_suffix(1);
    return text;
}

std::string without_user(std::string const& base) {
    url_handle parsed;
    if (curl_url_set(parsed.url, CURLUPART_URL, base.c_str(), 0) != CURLUE_OK)
        return base.substr(base.rfind('@') == std::string::npos ? 0 : base.rfind('@') + 1);
    curl_url_set(parsed.url, CURLUPART_USER, nullptr, 0);
    curl_url_set(parsed.url, CURLUPART_PASSWORD, nullptr, 0);
    curl_string whole;
    if (curl_url_get(parsed.url, CURLUPART_URL, &whole.text, 0) != CURLUE_OK)
        return base;
    std::string shown = whole.text;
    while (shown.ends_with('/'))
        shown.pop_back();
    return shown;
}

bool fits_in_a_header(std::pair<std::string, std::string> const& h) {
    constexpr std::string_view line_ends("\r\n\0", 3);
    return !h.first.empty() && h.first.find_first_of(line_ends) == std::string::npos &&
           h.first.find_first_of(": \t") == std::string::npos &&
           h.second.find_first_of(line_ends) == std::string::npos;
}

client_error complain(trouble what, std::string message, bool retryable = false) {
    client_error e;
    e.what = what;
    e.message = std::move(message);
    e.retryable = retryable;
    return e;
}

// What libcurl's callbacks see of one exchange.
struct exchange_state {
    receiver& to;
    std::function<void(std::size_t)> const& on_bytes;
    CURL* easy;
    incoming head;
    std::size_t head_bytes = 0;
    bool head_told = false;
    bool refused_by_receiver = false;
    std::uint64_t body_bytes = 0;
};

bool tell_head(exchange_state& s) {
    if (s.head_told)
        return true;
    s.head_told = true;
    s.refused_by_receiver = !s.to.head(s.head);
    return !s.refused_by_receiver;
}

std::size_t on_header(char* data, std::size_t, std::size_t n, void* user) {
    auto& s = *static_cast<exchange_state*>(user);
    std::string_view line(data, n);
    s.head_bytes += n;
    if (s.head_told)
        return n;  // trailers: nobody asks for them
    if (s.head_bytes > max_head)
        return 0;
    if (line.starts_with("HTTP/")) {
        s.head = {};
        return n;
    }
    line = trim(line);
    if (line.empty()) {
        long status = 0;
        curl_easy_getinfo(s.easy, CURLINFO_RESPONSE_CODE, &status);
        s.head.status = static_cast<int>(status);
        return status < 200 || tell_head(s) ? n : 0;
    }
    auto colon = line.find(':');
    if (colon != std::string_view::npos)
        s.head.headers.emplace_back(lower(line.substr(0, colon)), trim(line.substr(colon + 1)));
    return n;
}

std::size_t on_body(char* data, std::size_t, std::size_t n, void* user) {
    auto& s = *static_cast<exchange_state*>(user);
    s.body_bytes += n;
    if (s.on_bytes)
        s.on_bytes(n);
    s.refused_by_receiver = !s.to.body(std::string_view(data, n));
    return s.refused_by_receiver ? CURL_WRITEFUNC_ERROR : n;
}

// Stateless but for the caller's function: a stream cannot be read twice, so its connection is a fresh one.
std::size_t on_read(char* to, std::size_t, std::size_t room, void* user) {
    auto const n = static_cast<outgoing const*>(user)->stream(to, room);
    return n ? *n : CURL_READFUNC_ABORT;
}

struct header_lines {
    curl_slist* first = nullptr;
    ~header_lines() { curl_slist_free_all(first); }
    void add(std::string const& line) {
        if (auto* longer = curl_slist_append(first, line.c_str()))
            first = longer;
    }
};

}  // namespace

struct transport::connection {
    CURL* easy = curl_easy_init();
    CURLM* multi = curl_multi_init();
    char said[CURL_ERROR_SIZE] = {};

    connection() = default;
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;
    ~connection() {
        curl_easy_cleanup(easy);
        curl_multi_cleanup(multi);
    }

    void prepare(client_options const&, std::string const& url, outgoing const&, header_lines const&);
    CURLcode run(std::stop_token const&, bool& stopped);
    client_error explain(CURLcode, client_options const&, std::string const& base);
};

void transport::connection::prepare(client_options const& options, std::string const& url,
                                    outgoing const& request, header_lines const& lines) {
    auto ms = [](std::chrono::milliseconds t) {
        return static_cast<long>(std::clamp<std::int64_t>(t.count(), 0, 1'000'000'000));
    };
    curl_easy_reset(easy);
    said[0] = 0;
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, said);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lines.first);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, std::max(1L, ms(options.connect_timeout)));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, ms(request.timeout));
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (ms(options.idle_timeout) + 999) / 1000);
    if (request.method == "DELETE") {
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "DELETE");
    } else if (request.stream) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, &on_read);
        curl_easy_setopt(easy, CURLOPT_READDATA, &request);
    } else if (request.method == "POST") {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
    }
}

// A multi handle of one, because only curl_multi_wakeup can end a wait from another thread.
CURLcode transport::connection::run(std::stop_token const& stop, bool& stopped) {
    std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi); });
    auto outcome = CURLE_FAILED_INIT;
    if (curl_multi_add_handle(multi, easy) != CURLM_OK)
        return outcome;
    for (int running = 1; running > 0;) {
        if (stop.stop_requested()) {
            stopped = true;
            break;
        }
        if (curl_multi_perform(multi, &running) != CURLM_OK)
            break;
        if (running > 0 && curl_multi_poll(multi, nullptr, 0, 1000, nullptr) != CURLM_OK)
            break;
    }
    int left = 0;
    while (auto* message = curl_multi_info_read(multi, &left))
        if (message->msg == CURLMSG_DONE)
            outcome = message->data.result;
    curl_multi_remove_handle(multi, easy);
    return outcome;
}

client_error transport::connection::explain(CURLcode code, client_options const& options,
                                            std::string const& base) {
    auto words = [&] { return std::string(said[0] ? said : curl_easy_strerror(code)); };
    auto unreachable = [&](std::string const& why) {
        return complain(trouble::unreachable, "cannot reach fetchd at " + base + ": " + why, true);
    };
    long system_error = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &system_error);
    curl_off_t sent_after = 0;  // not CONNECT_TIME: that is zero on a connection used again
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &sent_after);
    switch (code) {
        case CURLE_COULDNT_CONNECT:
            return unreachable(system_error ? lower(std::strerror(static_cast<int>(system_error))) : words());
        case CURLE_COULDNT_RESOLVE_HOST:
            return unreachable("no such host");
        case CURLE_URL_MALFORMAT:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_FAILED_INIT:
            return unreachable(words());
        case CURLE_OPERATION_TIMEDOUT:
            if (sent_after == 0)
                return unreachable("no connection within " + std::to_string(options.connect_timeout.count()) +
                                   " ms");
            return complain(trouble::no_answer, "fetchd at " + base + " did not answer in time", true);
        case CURLE_GOT_NOTHING:
            return complain(trouble::no_answer,
                            "fetchd at " + base + " closed the connection without an answer", true);
        case CURLE_SEND_ERROR:
            return complain(trouble::no_answer, "the connection to fetchd at " + base + " broke", true);
        case CURLE_PARTIAL_FILE:
        case CURLE_RECV_ERROR:
            return complain(trouble::no_answer, "the answer of fetchd at " + base + " was cut off", true);
        default:
            break;
    }
    return complain(trouble::broken_answer, "the answer of " + base + " cannot be understood: " + words());
}

// Gives the connection back whatever happens, also when a sink throws.
class transport::lease {
  public:
    explicit lease(transport& owner) : owner_(owner), held_(owner.borrow()) {}
    ~lease() { owner_.give_back(std::move(held_)); }
    lease(lease const&) = delete;
    lease& operator=(lease const&) = delete;
    connection* operator->() { return held_.get(); }

  private:
    transport& owner_;
    std::unique_ptr<connection> held_;
};

transport::transport(client_options options) : options_(std::move(options)), base_(options_.base_url) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    if (options_.user_agent.empty())
        options_.user_agent = "fetchd-client/" FETCHD_VERSION;
    while (base_.ends_with('/'))
        base_.pop_back();
    shown_base_ = without_user(base_);
}

transport::~transport() = default;

std::unique_ptr<transport::connection> transport::borrow() {
    std::lock_guard lock(mutex_);
    if (idle_.empty())
        return std::make_unique<connection>();
    auto one = std::move(idle_.back());
    idle_.pop_back();
    return one;
}

void transport::give_back(std::unique_ptr<connection> one) {
    std::lock_guard lock(mutex_);
    if (idle_.size() < max_idle)
        idle_.push_back(std::move(one));
}

std::optional<client_error> transport::exchange(outgoing const& request, receiver& to) {
    if (auto wrong = options_.problem(); !wrong.empty())
        return complain(trouble::unreachable, wrong);
    header_lines lines;
    for (auto const& h : request.headers) {
        if (!fits_in_a_header(h))
            return complain(trouble::refused, "a header to send has a line break or a bad name");
        // A header without a value is written "name;": libcurl drops "name:".
        lines.add(h.second.empty() ? h.first + ";" : h.first + ": " + h.second);
    }
    if (request.stream) {
        lines.add("Transfer-Encoding: chunked");
        lines.add("Expect:");  // the answer to it would cost a round trip, and says nothing here
    }
    lease borrowed(*this);
    if (!borrowed->easy || !borrowed->multi)
        return complain(trouble::unreachable, "libcurl could not be started");
    borrowed->prepare(options_, base_ + request.target, request, lines);

    exchange_state state{to, options_.on_bytes, borrowed->easy, {}, 0, false, false, 0};
    curl_easy_setopt(borrowed->easy, CURLOPT_HEADERFUNCTION, &on_header);
    curl_easy_setopt(borrowed->easy, CURLOPT_HEADERDATA, &state);
    curl_easy_setopt(borrowed->easy, CURLOPT_WRITEFUNCTION, &on_body);
    curl_easy_setopt(borrowed->easy, CURLOPT_WRITEDATA, &state);

    bool stopped = false;
    auto code = borrowed->run(options_.stop, stopped);
    if (to.complaint)
        return to.complaint;
    if (stopped || state.refused_by_receiver || code == CURLE_ABORTED_BY_CALLBACK)
        return complain(trouble::cancelled, "stopped");
    if (code == CURLE_OK)
        return std::nullopt;
    return borrowed->explain(code, options_, shown_base_);
}

std::string transport::escaped(std::string_view text) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size() * 3 / 2);
    for (unsigned char c : text) {
        bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            out += static_cast<char>(c);
        } else {
            out += '%';
            out += digits[c >> 4];
            out += digits[c & 15];
        }
    }
    return out;
}

std::string_view incoming::find(std::string_view lower_case_name) const {
    for (auto const& [n, v] : headers)
        if (n == lower_case_name)
            return v;
    return {};
}

std::string client_options::shown_url() const {
    return without_user(base_url);
}

std::string client_options::problem() const {
    auto wrong = [&](std::string const& why) {
        return "\"" + without_user(base_url) + "\" is not a URL of a service: " + why;
    };
    if (base_url.find('\0') != std::string::npos)
        return wrong("it has a NUL byte");
    url_handle parsed;
    if (auto e = curl_url_set(parsed.url, CURLUPART_URL, base_url.c_str(), 0); e != CURLUE_OK)
        return wrong("want http://HOST:PORT");
    curl_string scheme;
    curl_url_get(parsed.url, CURLUPART_SCHEME, &scheme.text, 0);
    if (!scheme.text || (std::string_view(scheme.text) != "http" && std::string_view(scheme.text) != "https"))
        return wrong("want http or https");
    curl_string query;
    curl_string fragment;
    curl_url_get(parsed.url, CURLUPART_QUERY, &query.text, 0);
    curl_url_get(parsed.url, CURLUPART_FRAGMENT, &fragment.text, 0);
    if (query.text || fragment.text)
        return wrong("it has a query or a fragment");
    return {};
}

}  // namespace client_v1
}  // namespace fetchd
