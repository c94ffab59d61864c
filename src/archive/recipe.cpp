// SPDX-License-Identifier: Apache-2.0
#include "recipe.hpp"

#include "mailkeep/base/error.hpp"

namespace mailkeep::archive {

namespace {

/// So that no sum of a few of them overflows.
constexpr std::uint64_t most_size = std::uint64_t{1} << 48;
/// "R==": all that need not be taken of a body's text.
constexpr std::uint64_t most_left_over = 3;

void put_op(std::string& out, const Op& op, const BlobRef* blob) {
    const auto n = op.kind == Op::Kind::run ? op.run.characters : op.size;
    put_varint(out, n << 2 | static_cast<std::uint64_t>(op.kind));
    if (op.kind == Op::Kind::blob_body) {
        out += blob->id.view();
    } else if (op.kind == Op::Kind::run) {
        put_varint(out, op.run.line_length << 2 | static_cast<std::uint64_t>(op.run.line_end) << 1 |
                            (op.run.ends_with_line_end ? 1U : 0U));
    }
}

/// Takes ops, and checks each against what came before it.
class RecipeTaker {
  public:
    RecipeTaker(OctetReader& octets, std::uint64_t size) : octets_(octets) { recipe_.size = size; }

    [[nodiscard]] std::optional<Recipe> take() {
        const auto count = octets_.varint();
        if (octets_.failed() || count > most_ops || count > octets_.rest().size()) {
            return std::nullopt;
        }
        recipe_.ops.reserve(count);
        for (std::uint64_t i = 0; i < count; ++i) {
            if (!take_op())
                return std::nullopt;
        }
        if (text_left_ > most_left_over)
            return std::nullopt;
        recipe_.data_size += recipe_.size - given_;
        return std::move(recipe_);
    }

  private:
    bool take_op() {
        const auto head = octets_.varint();
        Op op{.kind = static_cast<Op::Kind>(head & 3), .size = head >> 2};
        if (octets_.failed() || op.size == 0 || op.size > most_size)
            return false;
        switch (op.kind) {
            case Op::Kind::literal:
                recipe_.data_size += op.size;
                given_ += op.size;
                break;
            case Op::Kind::inline_body:
                recipe_.data_size += op.size;
                if (op.size > most_inline_octets || !begin_body(op.size))
                    return false;
                break;
            case Op::Kind::blob_body:
                if (!take_blob(op.size) || !begin_body(op.size))
                    return false;
                break;
            case Op::Kind::run:
                if (!take_run(op))
                    return false;
                break;
        }
        recipe_.ops.push_back(op);
        return given_ <= recipe_.size;
    }

    bool begin_body(std::uint64_t octets) {
        const bool is_last_used_up = text_left_ <= most_left_over;
        text_left_ = text_size(octets);
        return is_last_used_up;
    }

    bool take_blob(std::uint64_t size) {
        const auto id = octets_.take(digest_size);
        if (octets_.failed())
            return false;
        recipe_.blobs.push_back({Digest::from_octets(id), size});
        return true;
    }

    bool take_run(Op& op) {
        const auto form = octets_.varint();
        op.run = {.characters = op.size,
                  .line_length = form >> 2,
                  .line_end = static_cast<LineEnd>(form >> 1 & 1),
                  .ends_with_line_end = (form & 1) != 0};
        op.size = 0;
        const bool is_written_otherwise =
            op.run.line_length >= op.run.characters && op.run.line_length > 0;
        if (octets_.failed() || is_written_otherwise || op.run.characters > text_left_) {
            return false;
        }
        text_left_ -= op.run.characters;
        given_ += op.run.size();
        return true;
    }

    OctetReader& octets_;
    Recipe recipe_;
    std::uint64_t given_ = 0;      // octets of the message so far
    std::uint64_t text_left_ = 0;  // characters of the body not yet taken
};

}  // namespace

std::uint64_t Run::size() const {
    const auto lines = line_length == 0 ? 1 : (characters + line_length - 1) / line_length;
    return characters + size_of(line_end) * (lines - (ends_with_line_end ? 0 : 1));
}

void put_recipe(std::string& out, const Recipe& recipe) {
    put_varint(out, recipe.ops.size());
    auto blob = recipe.blobs.begin();
    for (const auto& op : recipe.ops) {
        const bool has_blob = op.kind == Op::Kind::blob_body;
        MAILKEEP_ASSERT(!has_blob || blob != recipe.blobs.end());
        put_op(out, op, has_blob ? &*blob++ : nullptr);
    }
}

std::optional<Recipe> take_recipe(OctetReader& octets, std::uint64_t size) {
    return RecipeTaker(octets, size).take();
}

}  // namespace mailkeep::archive
