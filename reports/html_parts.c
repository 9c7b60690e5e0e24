/*
 * html_parts.c: the files of html/ and the chart library, put into the program
 * by the assembler.
 */
#include "reports/html_int.h"

#define PART(name, file)						\
__asm__(".section .rodata\n"						\
	".global " #name "\n"						\
	#name ":\n"							\
	".incbin \"" file "\"\n"					\
	".byte 0\n"							\
	".previous\n")

PART(rp_html_style, RP_HTML_STYLE);
PART(rp_html_script, RP_HTML_SCRIPT);
PART(rp_html_library, RP_HTML_LIBRARY);
