// SPDX-License-Identifier: Apache-2.0
// An export as the body of an answer, made while it is sent.
#pragma once

#include "mailkeep/sync/export_mail.hpp"

#include "api.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace mailkeep::http {

inline constexpr int most_exports = 4;  ///< each holds a worker while it is sent

/// One thread. Borrows the api, which must outlive it.
class ExportStream {
  public:
    /// Nothing when there are most_exports already.
    [[nodiscard]] static std::unique_ptr<ExportStream> open(Api& api, sync::ExportRequest request,
                                                            files::Packing packing);
    /// Counts among the open ones while it lives.
    ExportStream(Api& api, sync::ExportRequest request, files::Packing packing);
    ~ExportStream();
    ExportStream(const ExportStream&) = delete;
    ExportStream& operator=(const ExportStream&) = delete;

    /// All of it, once. Error{cancelled} when `take` returns false or the server stops; then, and
    /// after any other error, what was sent must not look whole.
    void send(const std::function<bool(std::string_view)>& take);

  private:
    Api& api_;
    sync::ExportRequest request_;
    files::Packing packing_;
};

}  // namespace mailkeep::http
