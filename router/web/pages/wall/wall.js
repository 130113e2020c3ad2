// The wall: how every queue and every agent stands, for the floor's big screen and for its supervisor.

import "/pages/shared/common.js";
import "/pages/shared/notices.js";
import { enter } from "/pages/shared/signin.js";
import { addWords, t } from "/pages/shared/words.js";

addWords({ en: { title: "Wallboard" }, ru: { title: "Табло" } });

enter(["supervisor", "observer", "admin"], () => {
  document.title = t("title");
});
