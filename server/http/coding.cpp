#include "http/coding.hpp"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <new>
#include <string>

#include "http/zstd_frames.hpp"

namespace fetchd {
namespace {

failure corrupt(char const* coding_name, char const* why) {
    return {stage::decode, code::corrupt, std::string(coding_name) + ": " + (why ? why : "damaged")};
}

constexpr char const* after_the_end = "data after the end";

// zlib under gzip and deflate; zlib keeps pointers into its state, so that does not move.
//
// Here and below, a library that gets no memory throws: the body is not to blame.
class inflater {
  public:
    enum class outcome { more, end, bad };

    explicit inflater(int window_bits) {
        if (::inflateInit2(&z_, window_bits) != Z_OK)
            throw std::bad_alloc();
    }
    inflater(inflater const&) = delete;
    inflater& operator=(inflater const&) = delete;
    ~inflater() { ::inflateEnd(&z_); }

    outcome run(std::span<char const> in, std::span<char> room, coding::progress& did) {
        // avail_in is 32 bits wide: what is beyond is taken at the next step.
        constexpr std::size_t most = 1 << 30;
        auto const given_in = static_cast<uInt>(std::min(in.size(), most));
        auto const given_room = static_cast<uInt>(std::min(room.size(), most));
        z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
        z_.avail_in = given_in;
        z_.next_out = reinterpret_cast<Bytef*>(room.data());
        z_.avail_out = given_room;
        int const answer = ::inflate(&z_, Z_NO_FLUSH);
        did.consumed += given_in - z_.avail_in;
        did.produced += given_room - z_.avail_out;
        if (answer == Z_MEM_ERROR)
            throw std::bad_alloc();
        if (answer == Z_STREAM_END)
            return outcome::end;
        return answer == Z_OK || answer == Z_BUF_ERROR ? outcome::more : outcome::bad;
    }
    void again() { ::inflateReset(&z_); }
    char const* why() const { return z_.msg; }

  private:
    z_stream z_{};
};

class gzip_coding final : public coding {
  public:
    result<progress> step(std::span<char const> in, std::span<char> room) override {
        progress did;
        if (state_ == state::between && !in.empty()) {
            state_ = in.front() == 0 ? state::padding : in.front() == '\x1f' ? state::member : state::garbage;
            if (state_ == state::member)
                inflater_.again();
        }
        if (state_ == state::padding) {
            if (std::ranges::any_of(in, [](char c) { return c != 0; }))
                state_ = state::garbage;
            did.consumed = in.size();
        }
        if (state_ == state::garbage)
            return corrupt("gzip", after_the_end);
        if (state_ == state::member) {
            auto const outcome = inflater_.run(in, room, did);
            if (outcome == inflater::outcome::bad)
                return corrupt("gzip", inflater_.why());
            if (outcome == inflater::outcome::end)
                state_ = state::between;
        }
        return did;
    }
    bool complete() const override { return state_ == state::between || state_ == state::padding; }

  private:
    enum class state { member, between, padding, garbage };
    inflater inflater_{MAX_WBITS + 16};
    state state_ = state::member;
};

class deflate_coding final : public coding {
  public:
    result<progress> step(std::span<char const> in, std::span<char> room) override {
        progress did;
        if (ended_) {
            if (!in.empty())
                return corrupt("deflate", after_the_end);
            return did;
        }
        if (!inflater_) {
            if (in.empty())
                return did;
            // The standard means zlib's wrapping (RFC 1950), some origins send none. The low half of zlib's
            // first byte is 8; raw deflate begins so only with an empty-looking stored block whose padding is
            // not zero.
            auto const first = static_cast<unsigned char>(in.front());
            bool const wrapped = (first & 0x0f) == 8 && first >> 4 <= 7;
            inflater_ = std::make_unique<inflater>(wrapped ? MAX_WBITS : -MAX_WBITS);
        }
        auto const outcome = inflater_->run(in, room, did);
        if (outcome == inflater::outcome::bad)
            return corrupt("deflate", inflater_->why());
        ended_ = outcome == inflater::outcome::end;
        return did;
    }
    bool complete() const override { return ended_; }

  private:
    std::unique_ptr<inflater> inflater_;
    bool ended_ = false;
};

class brotli_coding final : public coding {
  public:
    brotli_coding() : state_(::BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {
        if (!state_)
            throw std::bad_alloc();
    }
    result<progress> step(std::span<char const> in, std::span<char> room) override {
        if (ended_) {
            if (!in.empty())
                return corrupt("br", after_the_end);
            return progress{};
        }
        std::size_t left = in.size();
        std::size_t space = room.size();
        auto const* next_in = reinterpret_cast<std::uint8_t const*>(in.data());
        auto* next_out = reinterpret_cast<std::uint8_t*>(room.data());
        auto const answer =
            ::BrotliDecoderDecompressStream(state_.get(), &left, &next_in, &space, &next_out, nullptr);
        if (answer == BROTLI_DECODER_RESULT_ERROR)
            return failed();
        ended_ = answer == BROTLI_DECODER_RESULT_SUCCESS;
        return progress{in.size() - left, room.size() - space};
    }
    bool complete() const override { return ended_; }

  private:
    struct destroy {
        void operator()(BrotliDecoderState* s) const { ::BrotliDecoderDestroyInstance(s); }
    };
    failure failed() const {
        auto const why = ::BrotliDecoderGetErrorCode(state_.get());
        if (why <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
            why >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES)
            throw std::bad_alloc();
        return corrupt("br", ::BrotliDecoderErrorString(why));
    }
    std::unique_ptr<BrotliDecoderState, destroy> state_;
    bool ended_ = false;
};

class zstd_coding final : public coding {
  public:
    zstd_coding() : context_(::ZSTD_createDCtx()) {
        if (!context_ || ::ZSTD_isError(::ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, 23)))
            throw std::bad_alloc();
    }
    result<progress> step(std::span<char const> in, std::span<char> room) override {
        auto rest = in;
        progress did;
        while (did.produced == 0) {
            if (waiting_.empty() && !rest.empty()) {
                auto const ready = frames_.next(rest);
                if (!ready)
                    return ready.error();
                waiting_ = *ready;
            }
            // The library takes repeated calls with nothing to do for an error.
            if (waiting_.empty() && !holds_back_)
                break;
            ZSTD_inBuffer input{waiting_.data(), waiting_.size(), 0};
            ZSTD_outBuffer output{room.data(), room.size(), 0};
            auto const answer = ::ZSTD_decompressStream(context_.get(), &output, &input);
            if (::ZSTD_isError(answer))
                return failed(answer);
            waiting_ = waiting_.subspan(input.pos);
            frame_ended_ = answer == 0;
            holds_back_ = !frame_ended_ && output.pos == output.size;
            did.produced = output.pos;
        }
        did.consumed = in.size() - rest.size();
        return did;
    }
    bool complete() const override { return frame_ended_ && waiting_.empty() && frames_.between_frames(); }

  private:
    struct destroy {
        void operator()(ZSTD_DCtx* c) const { ::ZSTD_freeDCtx(c); }
    };
    static failure failed(std::size_t answer) {
        switch (::ZSTD_getErrorCode(answer)) {
            case ZSTD_error_memory_allocation:
                throw std::bad_alloc();
            case ZSTD_error_frameParameter_windowTooLarge:
                return failure(stage::decode, code::too_large, "zstd: the window is larger than 8 MiB");
            default:
                return corrupt("zstd", ::ZSTD_getErrorName(answer));
        }
    }
    std::unique_ptr<ZSTD_DCtx, destroy> context_;
    zstd_frames frames_;
    std::span<char const> waiting_;  // of frames_, for the library
    bool frame_ended_ = false;
    bool holds_back_ = false;
};

}  // namespace

std::unique_ptr<coding> make_coding(std::string_view name) {
    if (name == "gzip" || name == "x-gzip")
        return std::make_unique<gzip_coding>();
    if (name == "deflate")
        return std::make_unique<deflate_coding>();
    if (name == "br")
        return std::make_unique<brotli_coding>();
    if (name == "zstd")
        return std::make_unique<zstd_coding>();
    return nullptr;
}

}  // namespace fetchd
