# Writes the header that names the version and the commit; run at each build, so that a result never names a
# commit that its program was not built from. The header changes only when they do.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12
                OUTPUT_VARIABLE TG_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT TG_COMMIT)
  set(TG_COMMIT unknown)
endif()
configure_file(${SOURCE}/cli/tg_version.h.in ${HEADER} @ONLY)
