// The wall: how every queue and every agent stands, for the floor's big screen and for its supervisor.

import "/pages/shared/common.js";
import "/pages/shared/notices.js";
import "/pages/wall/words.js";
import "/pages/wall/acts_words.js";
import "/pages/wall/story_words.js";
import "/pages/wall/board.js";
import { Floor } from "/pages/wall/floor.js";
import { dropToken } from "/pages/shared/session.js";
import { settings } from "/pages/shared/settings.js";
import { enter } from "/pages/shared/signin.js";
import { t } from "/pages/shared/words.js";

const ROLES = ["supervisor", "observer", "admin"];

/** Show the floor to whoever has signed in, until his token is one no more. */
function start({ api, me, operation }) {
  const wall = document.createElement("cr-wall");
  const notices = document.createElement("cr-notices");
  wall.floor = new Floor(api, me, operation, () => {
    wall.remove();
    notices.remove();
    dropToken();
    enter(ROLES, start, t("refused_unauthorized"));
  });
  document.body.prepend(wall);
  document.body.append(notices);
}

const entitle = () => (document.title = t("title"));
settings.watch(entitle);
entitle();
enter(ROLES, start);
