// SPDX-License-Identifier: Apache-2.0
#include "segments.hpp"

#include "mailkeep/base/error.hpp"

#include "base64.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace mailkeep::archive {

namespace {

/// Of characters and octets: so that a step's buffers stay in the processor's first cache.
constexpr std::size_t step = std::size_t{12} << 10;
constexpr std::size_t hash_piece = std::size_t{64} << 10;
constexpr std::size_t output_piece = std::size_t{64} << 10;

/// Gathers octets and gives them away in pieces of one size.
class Pieces {
  public:
    Pieces(std::size_t size, const OctetSink& sink)
        : size_(size), sink_(sink), octets_(size + step, '\0') {}

    /// Room for a step.
    [[nodiscard]] char* room() { return octets_.data() + filled_; }

    void fill(std::size_t count) {
        filled_ += count;
        while (filled_ >= size_) {
            sink_({octets_.data(), size_});
            filled_ -= size_;
            std::memmove(octets_.data(), octets_.data() + size_, filled_);
        }
    }

    void flush() {
        if (filled_ > 0)
            sink_({octets_.data(), filled_});
        filled_ = 0;
    }

  private:
    std::size_t size_;
    const OctetSink& sink_;
    std::string octets_;
    std::size_t filled_ = 0;
};

/// The characters of a run, line by line as they stand in raw, at most a step at once.
template <class Sink>
void for_each_stretch(std::string_view raw, const PlacedRun& placed, Sink sink) {
    const auto& run = placed.run;
    auto at = placed.at;
    for (auto left = run.characters; left > 0;) {
        const auto line = run.line_length == 0 ? left : std::min(left, run.line_length);
        for (auto end = at + line; at < end;) {
            const auto count = std::min<std::size_t>(end - at, step);
            sink(raw.substr(at, count));
            at += count;
        }
        left -= line;
        at += size_of(run.line_end);
    }
}

/// The base64 text of one body after the other, front to back.
class BodyText {
  public:
    explicit BodyText(const BlobSource& blobs) : blobs_(blobs) {}

    void begin(std::string octets) {
        held_ = std::move(octets);
        begin(held_.size());
        octets_ = held_;
    }

    void begin(const BlobRef& blob) {
        blob_ = &blob;
        begin(blob.size);
    }

    /// At least one character of those that are left; nothing when there are none to be had.
    [[nodiscard]] std::string_view left() {
        if (text_.empty() && fetch_step()) {
            text_ = {buffer_.data(), encode_base64(step_, buffer_.data())};
        }
        return text_;
    }

    void take(std::size_t count) { text_.remove_prefix(count); }

  private:
    void begin(std::uint64_t size) {
        size_ = size;
        offset_ = 0;
        octets_ = {};
        text_ = {};
    }

    /// Only the last step of a body may end within three octets.
    bool fetch_step() {
        static_assert(step % 3 == 0);
        step_.clear();
        while (step_.size() < step && offset_ < size_) {
            if (octets_.empty())
                octets_ = blobs_(*blob_, offset_);
            if (octets_.empty())
                return false;
            const auto room = std::min<std::uint64_t>(step - step_.size(), size_ - offset_);
            const auto taken = octets_.substr(0, room);
            step_ += taken;
            octets_.remove_prefix(taken.size());
            offset_ += taken.size();
        }
        return !step_.empty();
    }

    const BlobSource& blobs_;
    const BlobRef* blob_ = nullptr;
    std::string held_;          // an inline body
    std::uint64_t size_ = 0;    // of the body
    std::uint64_t offset_ = 0;  // of the octets not yet in a step
    std::string_view octets_;   // from there on, as far as the source gave them
    std::string step_;
    std::string buffer_ = std::string(text_size(step), '\0');
    std::string_view text_;  // in buffer_
};

class Assembly {
  public:
    Assembly(const DataSource& data, const BlobSource& blobs, const OctetSink& sink)
        : data_(data), sink_(sink), body_(blobs) {}

    bool write(const Recipe& recipe) {
        auto blob = recipe.blobs.begin();
        auto left = recipe.size;
        for (const auto& op : recipe.ops) {
            bool is_there = true;
            switch (op.kind) {
                case Op::Kind::literal:
                    is_there = write_literal(op.size);
                    left -= op.size;
                    break;
                case Op::Kind::inline_body:
                    is_there = hold_body(op.size);
                    break;
                case Op::Kind::blob_body:
                    body_.begin(*blob++);
                    break;
                case Op::Kind::run:
                    is_there = write_run(op.run);
                    left -= op.run.size();
                    break;
            }
            if (!is_there)
                return false;
        }
        return write_literal(left) && flush();
    }

  private:
    template <class Sink>
    bool take_data(std::uint64_t count, Sink sink) {
        while (count > 0) {
            const auto octets = data_(count);
            if (octets.empty())
                return false;
            sink(octets);
            count -= octets.size();
        }
        return true;
    }

    bool write_literal(std::uint64_t size) {
        return take_data(size, [&](std::string_view octets) {
            if (output_.size() + octets.size() > output_piece)
                flush();
            if (octets.size() > output_piece) {
                sink_(octets);
            } else {
                output_ += octets;
            }
        });
    }

    bool hold_body(std::uint64_t size) {
        std::string octets;
        const bool is_there = take_data(size, [&](std::string_view piece) { octets += piece; });
        body_.begin(std::move(octets));
        return is_there;
    }

    bool write_run(const Run& run) {
        const std::string_view line_end = run.line_end == LineEnd::crlf ? "\r\n" : "\n";
        const auto line_length = run.line_length == 0 ? run.characters : run.line_length;
        auto left_in_line = line_length;
        for (auto left = run.characters; left > 0;) {
            const auto text = body_.left().substr(0, std::min(left, left_in_line));
            if (text.empty())
                return false;
            output_ += text;
            body_.take(text.size());
            left -= text.size();
            left_in_line -= text.size();
            if (left_in_line == 0 && left > 0) {
                output_ += line_end;
                left_in_line = line_length;
            }
            if (output_.size() >= output_piece)
                flush();
        }
        if (run.ends_with_line_end)
            output_ += line_end;
        return true;
    }

    bool flush() {
        if (!output_.empty())
            sink_(output_);
        output_.clear();
        return true;
    }

    const DataSource& data_;
    const OctetSink& sink_;
    BodyText body_;
    std::string output_;
};

}  // namespace

TakenApart::TakenApart(std::string_view raw) : raw_(raw), found_(find_bodies(raw)) {
    write_recipe();
}

void TakenApart::write_recipe() {
    recipe_.size = raw_.size();
    std::uint64_t at = 0;
    const auto add_literal = [&](std::uint64_t end) {
        if (end > at)
            recipe_.ops.push_back({Op::Kind::literal, end - at});
        recipe_.data_size += end - at;
        at = end;
    };
    for (std::size_t i = 0; i < found_.bodies.size(); ++i) {
        const auto& body = found_.bodies[i];
        add_literal(found_.runs[body.first_run].at);
        if (body.octets < fewest_blob_octets) {
            recipe_.ops.push_back({Op::Kind::inline_body, body.octets});
            recipe_.data_size += body.octets;
        } else {
            Sha256 sha;
            decode(body, hash_piece, [&](std::string_view octets) { sha.add(octets); });
            recipe_.ops.push_back({Op::Kind::blob_body, body.octets});
            recipe_.blobs.push_back({sha.finish(), body.octets});
            blob_bodies_.push_back(i);
        }
        for (std::size_t n = 0; n < body.runs; ++n) {
            const auto& placed = found_.runs[body.first_run + n];
            add_literal(placed.at);
            recipe_.ops.push_back({Op::Kind::run, 0, placed.run});
            at += placed.run.size();
        }
    }
    recipe_.data_size += raw_.size() - at;
}

void TakenApart::for_each_data(const OctetSink& sink) const {
    std::uint64_t at = 0;
    auto body = found_.bodies.begin();
    for (const auto& op : recipe_.ops) {
        switch (op.kind) {
            case Op::Kind::literal:
                sink(raw_.substr(at, op.size));
                at += op.size;
                break;
            case Op::Kind::inline_body:
                decode(*body++, op.size, sink);
                break;
            case Op::Kind::blob_body:
                ++body;
                break;
            case Op::Kind::run:
                at += op.run.size();
                break;
        }
    }
    if (at < raw_.size())
        sink(raw_.substr(at));
}

void TakenApart::for_each_piece(std::size_t index, std::size_t piece_size,
                                const OctetSink& sink) const {
    decode(found_.bodies[blob_bodies_.at(index)], piece_size, sink);
}

void TakenApart::decode(const PlacedBody& body, std::size_t piece_size,
                        const OctetSink& sink) const {
    Pieces pieces(piece_size, sink);
    Base64Decoder decoder;
    // The text's last quad may be padded in raw; the body's size says how much of it counts.
    auto left = (body.octets * 8 + 5) / 6;
    const auto add = [&](std::string_view text) {
        text = text.substr(0, left);
        left -= text.size();
        pieces.fill(decoder.add(text, pieces.room()));
    };
    for (std::size_t n = 0; n < body.runs; ++n) {
        for_each_stretch(raw_, found_.runs[body.first_run + n], add);
    }
    if (left > 0)
        add(raw_.substr(body.character_after, 1));
    pieces.fill(decoder.finish(pieces.room()));
    pieces.flush();
}

bool put_together(const Recipe& recipe, const DataSource& data, const BlobSource& blobs,
                  const OctetSink& sink) {
    return Assembly(data, blobs, sink).write(recipe);
}

}  // namespace mailkeep::archive
