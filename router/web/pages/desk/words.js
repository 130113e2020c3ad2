// What the desk says, in each language.

import { addWords } from "/pages/shared/words.js";
import { en } from "/pages/desk/en.js";
import { ru } from "/pages/desk/ru.js";

addWords({ en, ru });
