/** How the page is written: markup as tagged templates, which make a tree of nodes and never a text of HTML. */
import htm from 'htm'
import { type ComponentChildren, h, type VNode } from 'preact'

/** Markup. Whatever is put in becomes a text node or an attribute, so it cannot become markup. */
export const html = htm.bind(h) as (strings: TemplateStringsArray, ...values: unknown[]) => VNode

/** Whatever may stand within an element. */
export type Children = ComponentChildren
