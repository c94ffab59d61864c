// SPDX-License-Identifier: Apache-2.0
#include "mailkeep/net/line_reader.hpp"

#include "mailkeep/base/error.hpp"

#include <algorithm>

namespace mailkeep::net {

namespace {

constexpr std::size_t buffer_size = std::size_t{64} << 10U;
/// Taken at once for what is announced.
constexpr std::size_t most_reserved = std::size_t{1} << 20U;

/// What examines mail on its way sends a line now and then for a while; longer than this nobody
/// does.
constexpr std::chrono::minutes slow_patience{5};
constexpr std::uint64_t least_octets = 32;  ///< a second

std::uint64_t seconds_in(std::chrono::steady_clock::duration time) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(time).count());
}

std::size_t length_of_end(std::string_view line) {
    return line.ends_with("\r\n") ? 2 : 1;
}

}  // namespace

LineReader::LineReader(Stream& stream) : stream_(&stream), buffer_(buffer_size) {}

std::string LineReader::read_line(std::size_t most) {
    std::string line = read_line_with_end(most);
    line.resize(line.size() - length_of_end(line));
    return line;
}

std::string LineReader::read_line_with_end(std::size_t most) {
    std::string line;
    do {
        if (!has_buffered()) {
            fill();
        }
        line.append(take_of_line(std::string_view::npos));
        // Two octets of grace: the line end does not count.
        if (line.size() > most && line.size() - most > 2) {
            break;
        }
    } while (!line.ends_with('\n'));
    const std::size_t end = line.ends_with('\n') ? length_of_end(line) : 0;
    if (line.size() - end > most) {
        throw Error(Errc::protocol,
                    "the server sent a line of more than " + std::to_string(most) + " octets");
    }
    return line;
}

std::string_view LineReader::read_piece_of_line(std::size_t most) {
    if (!has_buffered()) {
        fill();
    }
    std::string_view piece = take_of_line(most);
    if (!piece.ends_with('\n') && piece.size() < most) {
        piece_ = piece;
        while (!piece_.ends_with('\n') && piece_.size() < most) {
            fill();
            piece_ += take_of_line(most - piece_.size());
        }
        piece = piece_;
    }
    if (piece.ends_with('\r')) {
        --begin_;
        piece.remove_suffix(1);
    }
    return piece;
}

/// Up to its end. Requires: something is buffered.
std::string_view LineReader::take_of_line(std::size_t most) {
    const std::string_view held(buffer_.data() + begin_, std::min(end_ - begin_, most));
    const std::size_t line_feed = held.find('\n');
    const std::string_view taken = held.substr(0, line_feed == held.npos ? most : line_feed + 1);
    begin_ += taken.size();
    return taken;
}

std::string LineReader::change_to(Stream& stream) {
    std::string received(buffer_.data() + begin_, end_ - begin_);
    begin_ = end_ = 0;
    stream_ = &stream;
    return received;
}

void LineReader::begin_answer() {
    is_paced_ = true;
    has_begun_ = has_buffered();
    octets_ = end_ - begin_;
    waited_ = {};
}

void LineReader::read_exact(std::size_t count, std::string& into) {
    into.reserve(into.size() + std::min(count, most_reserved));
    while (count > 0) {
        if (!has_buffered()) {
            fill();
        }
        const std::size_t piece = std::min(count, end_ - begin_);
        into.append(buffer_.data() + begin_, piece);
        begin_ += piece;
        count -= piece;
    }
}

void LineReader::fill() {
    begin_ = 0;
    end_ = 0;
    const auto asked_at = stream_->now();
    end_ = stream_->read_some(buffer_);
    if (is_paced_ && has_begun_) {
        waited_ += stream_->now() - asked_at;
    }
    has_begun_ = true;
    octets_ += end_;
    if (waited_ > slow_patience && octets_ < least_octets * seconds_in(waited_)) {
        throw Error(Errc::timeout, "the server sends its answer too slowly");
    }
    if (end_ == 0) {
        throw Error(Errc::network, "the server closed the connection");
    }
}

}  // namespace mailkeep::net
