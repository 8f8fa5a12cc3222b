import { useEffect, useRef } from 'preact/hooks';
import type { Category } from '../contract.ts';
import { isTeamThere } from '../hours.ts';
import { useConfig, useStore, useWidget, useWords } from './context.ts';
import { Icon, type IconName } from './icons.tsx';
import { CloseButton } from './parts.tsx';

const CATEGORY_ICONS: Readonly<Record<Category, IconName>> = {
  FEATURE: 'bulb',
  ERROR: 'problem',
  FEEDBACK: 'star',
  OTHER: 'help',
};

export function Home() {
  const widget = useWidget();
  const words = useWords();
  const config = useConfig();
  const { unread } = useStore(widget);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!widget.isPreview) heading.current?.focus();
  }, [widget]);
  const isThere = isTeamThere(config.operatingHours, new Date());
  const isPublic = config.categoriesEnabled.includes('FEATURE') || config.categoriesEnabled.includes('OTHER');
  const links: [view: 'browse' | 'mine' | 'messages' | 'news', icon: IconName, label: string][] = [
    ...(isPublic ? [['browse', 'people', words.browse] as const] : []),
    ['mine', 'list', words.mine],
    ...(config.chatEnabled ? [['messages', 'chat', words.messages] as const] : []),
    ['news', 'bell', words.news],
  ] as [view: 'browse' | 'mine' | 'messages' | 'news', icon: IconName, label: string][];
  return (
    <div class="body home">
      <div class="hero">
        <div class="hero-line">
          <p class="project" dir="auto">
            {config.project.name}
          </p>
          <CloseButton />
        </div>
        <h2 ref={heading} id="title" tabIndex={-1} dir="auto">
          {config.welcomeMessage}
        </h2>
        {isThere !== null && <p class="presence">{isThere ? words.teamThere : words.teamAway}</p>}
      </div>
      <div class="home-body">
        <ul class="cards">
          {config.categoriesEnabled.map((category) => (
            <li key={category}>
              <button type="button" class="card" onClick={() => widget.go({ name: 'form', category })}>
                <span class="card-icon">
                  <Icon name={CATEGORY_ICONS[category]} />
                </span>
                <span class="card-text">
                  <b>{words[category]}</b>
                  <span class="muted">{words[`${category}_about`]}</span>
                </span>
                <Icon name="next" size={16} />
              </button>
            </li>
          ))}
        </ul>
        <ul class="links">
          {links.map(([view, icon, label]) => (
            <li key={view}>
              <button type="button" class="link" onClick={() => widget.go({ name: view })}>
                <Icon name={icon} size={18} />
                <span class="grow">{label}</span>
                {view === 'news' && unread > 0 && (
                  <span class="count">
                    <span aria-hidden="true">{unread > 99 ? '99+' : unread}</span>
                    <span class="unseen">{words.newNotices.replace('{n}', String(unread))}</span>
                  </span>
                )}
              </button>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
