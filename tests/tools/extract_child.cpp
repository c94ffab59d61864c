// SPDX-License-Identifier: Apache-2.0
// The process of `mailkeep extract`, for tests of the rooms below the program.
#include "mailkeep/extract/worker.hpp"

int main(int count, char** values) {
    return mailkeep::extract::serve(std::vector<std::string>(values + 2, values + count));
}
