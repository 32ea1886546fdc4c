/* The style sheet of the page. */
#ifndef TG_PAGE_STYLE_H
#define TG_PAGE_STYLE_H

extern const char tg_page_style[];

#endif
