// The wall: how every queue and every agent stands, for the floor's big screen and for its supervisor.

import "/pages/shared/common.js";
import "/pages/shared/notices.js";
import "/pages/wall/words.js";
import "/pages/wall/acts_words.js";
import "/pages/wall/story_words.js";
import "/pages/wall/board.js";
import { Floor } from "/pages/wall/floor.js";
import { settings } from "/pages/shared/settings.js";
import { enter, leave } from "/pages/shared/signin.js";
import { t } from "/pages/shared/words.js";

/** Show the floor to whoever has signed in, until his token is one no more. */
function start({ api, me, operation }) {
  const wall = document.createElement("cr-wall");
  wall.floor = new Floor(api, me, operation, () => leave({ why: "refused_unauthorized" }));
  document.body.prepend(wall);
  document.body.append(document.createElement("cr-notices"));
}

const entitle = () => (document.title = t("title"));
settings.watch(entitle);
entitle();
enter(["supervisor", "observer", "admin"], start);
