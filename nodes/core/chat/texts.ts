import { enUS } from './texts-en-us';
import type { Language, Texts } from './texts-shape';
import { zhCN } from './texts-zh-cn';

export type { Language, RefusalKey, Texts, ThreadedType } from './texts-shape';

const TEXTS: Record<Language, Texts> = { 'en-US': enUS, 'zh-CN': zhCN };

export function textsOf(language: Language): Texts {
    return TEXTS[language];
}

/** The text with each `{name}` replaced; values are not searched for further names. */
export function fill(text: string, values: Record<string, string | number>): string {
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
