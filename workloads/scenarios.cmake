# Make scenario_files.c out of scenarios.def and the job files that it names.
# => SOURCE folder of the files; OUT the file to make
file(STRINGS ${SOURCE}/scenarios.def rows REGEX "^(SCENARIO|EXPLORED)\\(")
set(texts "")
set(files "")
set(table "")
foreach(row IN LISTS rows)
	string(REGEX REPLACE "^[A-Z]+\\(([a-z0-9-]+)\\).*" "\\1" name "${row}")
	string(REPLACE "-" "_" ident ${name})
	set(path ${SOURCE}/scenarios/${name}.job)
	file(STRINGS ${path} help REGEX "^help = ")
	string(REGEX REPLACE "^help = " "" help "${help}")
	string(REPLACE "\"" "\\\"" help "${help}")
	if(help STREQUAL "")
		message(FATAL_ERROR "${path} has no line 'help = ...'")
	endif()
	file(READ ${path} hex HEX)
	string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
	string(APPEND texts
	    "static const unsigned char text_${ident}[] = {${bytes}};\n")
	string(APPEND files
	    "\t{ \"${name}\", text_${ident}, sizeof(text_${ident}) },\n")
	string(APPEND table "\t{ \"${name}\", \"${help}\" },\n")
endforeach()
file(WRITE ${OUT} "/* made by scenarios.cmake */
#include \"workloads/job_int.h\"

${texts}
const struct wl_scenario wl_scenario_files[] = {
${files}};
const struct vm_row wl_scenario_rows[] = {
${table}};
const size_t wl_nscenario_files =
    sizeof(wl_scenario_files) / sizeof(wl_scenario_files[0]);
")
