from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from uploads.fields import FORMATS, PictureFieldFile

register = template.Library()


@register.simple_tag
def picture(
    file: PictureFieldFile, alt: str, sizes: str = "100vw", eager: bool = False
) -> SafeString:
    """Render a `<picture>` with AVIF and WebP sources, or nothing for an empty field.

    `width` and `height` are the largest rendition's, so the browser keeps the room free and
    nothing jumps. The first picture of a page is `eager` (fetched at once, before the scripts),
    all others wait until they come near the viewport.
    """
    if not file:
        return mark_safe("")
    sources = {extension: file.sources(extension) for extension in FORMATS}
    loading = (
        mark_safe('loading="eager" fetchpriority="high"') if eager else mark_safe('loading="lazy"')
    )
    return format_html(
        '<picture>{}<img src="{}" alt="{}" width="{}" height="{}" {} decoding="async"></picture>',
        format_html_join(
            "",
            '<source type="{}" srcset="{}" sizes="{}">',
            (
                (
                    FORMATS[extension],
                    ", ".join(f"{source.url} {source.width}w" for source in found),
                    sizes,
                )
                for extension, found in sources.items()
            ),
        ),
        sources["webp"][-1].url,
        alt,
        file.width,
        file.height,
        loading,
    )
