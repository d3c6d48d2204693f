#include "support/dns_lookup.hpp"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>

#include <algorithm>

namespace fetchd::test {
namespace {

int error_of(int resolver_error) {
    switch (resolver_error) {
        case HOST_NOT_FOUND:
            return EAI_NONAME;
        case NO_DATA:
            return EAI_NODATA;
        case TRY_AGAIN:
            return EAI_AGAIN;
        default:
            return EAI_FAIL;
    }
}

// The records of this type, whatever alias they belong to.
int read_records(unsigned char const* message, int size, int type, std::vector<std::string>& addresses) {
    ns_msg parsed;
    if (ns_initparse(message, size, &parsed) != 0)
        return EAI_FAIL;
    int const family = type == ns_t_a ? AF_INET : AF_INET6;
    for (int i = 0; i < ns_msg_count(parsed, ns_s_an); ++i) {
        ns_rr record;
        if (ns_parserr(&parsed, ns_s_an, i, &record) != 0)
            return EAI_FAIL;
        char text[INET6_ADDRSTRLEN];
        if (ns_rr_type(record) == type && ns_rr_rdlen(record) == (type == ns_t_a ? 4 : 16) &&
            inet_ntop(family, ns_rr_rdata(record), text, sizeof text))
            addresses.emplace_back(text);
    }
    return 0;
}

int ask(res_state state, char const* name, int type, std::vector<std::string>& addresses) {
    std::vector<unsigned char> answer(NS_MAXMSG);
    int const n = res_nquery(state, name, ns_c_in, type, answer.data(), static_cast<int>(answer.size()));
    if (n < 0)
        return error_of(state->res_h_errno);
    return read_records(answer.data(), std::min(n, NS_MAXMSG), type, addresses);
}

}  // namespace

int look_up_at(std::uint16_t port, char const* name, std::vector<std::string>& addresses) {
    struct __res_state state {};
    if (res_ninit(&state) != 0)
        return EAI_FAIL;
    state.nscount = 1;
    state.nsaddr_list[0].sin_family = AF_INET;
    state.nsaddr_list[0].sin_port = htons(port);
    state.nsaddr_list[0].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    state.retrans = 1;  // seconds
    state.retry = 2;
    int const v4 = ask(&state, name, ns_t_a, addresses);
    int const v6 = v4 == 0 || v4 == EAI_NODATA ? ask(&state, name, ns_t_aaaa, addresses) : v4;
    res_nclose(&state);
    if (!addresses.empty())
        return 0;
    return v4 == 0 || v4 == EAI_NODATA ? (v6 == 0 ? EAI_NODATA : v6) : v4;
}

}  // namespace fetchd::test
