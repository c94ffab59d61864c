# SPDX-License-Identifier: Apache-2.0
# catch stands where a library that throws is wrapped, and in the files of the table; nowhere else.
foreach(source IN LISTS rooms_files)
  if(source IN_LIST house_catch_places)
    continue()
  endif()
  file(STRINGS ${ROOT}/${source} catches REGEX "(^|[^A-Za-z_/])catch \\(")
  file(STRINGS ${ROOT}/${source} wraps REGEX "^#include <${house_throwing}")
  if(catches AND NOT wraps)
    complain("${source}: catch is not allowed here")
  endif()
endforeach()
