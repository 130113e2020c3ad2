// The desk: where an agent works.

import "/pages/shared/common.js";
import "/pages/shared/notices.js";
import { enter } from "/pages/shared/signin.js";
import { addWords, t } from "/pages/shared/words.js";

addWords({ en: { title: "Agent's desk" }, ru: { title: "Рабочее место" } });

enter(["agent"], () => {
  document.title = t("title");
});
