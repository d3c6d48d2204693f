#include "jobs/webhook_post.hpp"

namespace fetchd::jobs {

awaitable<delivery_answer> webhook_post::post(url to, headers fields, std::string body, scope& life,
                                              unix_ms now) {
    outgoing out;
    out.method = "POST";
    out.fields = std::move(fields);
    out.fields.set("Accept-Encoding", "identity");
    if (!settings_.fetch.user_agent.empty())
        out.fields.set("User-Agent", settings_.fetch.user_agent);
    out.body = std::move(body);
    out.limits = settings_.net.limits;
    std::vector<attempt> tried;
    auto const answer = co_await client_.open(out, to, life, tried);
    if (!answer)
        co_return answer_of(answer.error());
    auto said = answer_of((*answer)->head.status, (*answer)->head.fields, now);
    co_await (*answer)->discard();
    co_return said;
}

}  // namespace fetchd::jobs
