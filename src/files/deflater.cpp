// SPDX-License-Identifier: Apache-2.0
#include "deflater.hpp"

#include "mailkeep/base/error.hpp"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

#include <array>

namespace mailkeep::files {

namespace {

constexpr std::size_t out_size = std::size_t{1} << 16;

/// ISA-L only reads what it is given, but does not say so.
std::uint8_t* input(std::string_view octets) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(octets.data()));
}

}  // namespace

struct Deflater::State {
    isal_zstream stream;
    std::array<std::uint8_t, ISAL_DEF_LVL1_DEFAULT> level;
    std::array<char, out_size> out;
};

Deflater::Deflater() : state_(std::make_unique<State>()) {
    auto& stream = state_->stream;
    isal_deflate_init(&stream);
    stream.level = 1;  // level 0 is a quarter faster and makes it half as large again
    stream.level_buf = state_->level.data();
    stream.level_buf_size = static_cast<std::uint32_t>(state_->level.size());
}

Deflater::~Deflater() = default;

void Deflater::begin() {
    isal_deflate_reset(&state_->stream);
    crc_ = 0;
    size_ = 0;
    deflated_size_ = 0;
}

void Deflater::write(std::string_view octets, std::string& to) {
    crc_ = crc32_gzip_refl(crc_, input(octets), octets.size());
    size_ += octets.size();
    deflate(octets, false, to);
}

void Deflater::finish(std::string& to) {
    deflate({}, true, to);
}

void Deflater::deflate(std::string_view octets, bool is_last, std::string& to) {
    auto& [stream, level, out] = *state_;
    stream.next_in = input(octets);
    stream.avail_in = static_cast<std::uint32_t>(octets.size());
    stream.end_of_stream = is_last ? 1 : 0;
    do {
        stream.next_out = reinterpret_cast<std::uint8_t*>(out.data());
        stream.avail_out = static_cast<std::uint32_t>(out.size());
        MAILKEEP_ASSERT(isal_deflate(&stream) == COMP_OK);
        const auto done = out.size() - stream.avail_out;
        to.append(out.data(), done);
        deflated_size_ += done;
    } while (stream.avail_out == 0);
}

}  // namespace mailkeep::files
