// Drawn for a box of 24, with lines in the colour of the text.
const PATHS = {
  chat: 'M21 11.5a8.4 8.4 0 0 1-8.9 8.4 9.6 9.6 0 0 1-3.9-.9L3 20.5l1.6-4.4A8.1 8.1 0 0 1 3.2 11.5 8.6 8.6 0 0 1 12.1 3.1 8.6 8.6 0 0 1 21 11.500Z',
  mail: 'M4 5h16a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1Zm-.5 1.5 8.5 6.5 8.5-6.5',
  help: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm-2.6-11.600a2.7 2.7 0 1 1 3.9 2.400c-.8.4-1.3 1-1.3 1.900m0 2.800v.1',
  bulb: 'M9.5 18h5m-4.5 3h4M12 3a6.3 6.3 0 0 0-3.9 11.200c.6.5 1 1.1 1.1 1.800h5.600c.1-.7.5-1.3 1.1-1.800A6.3 6.3 0 0 0 12 3Z',
  problem: 'M12 9v4.200m0 3v.1M10.3 4.2 2.6 17.300A2 2 0 0 0 4.3 20.300h15.400a2 2 0 0 0 1.7-3L13.7 4.200a2 2 0 0 0-3.4 0Z',
  star: 'm12 3.2 2.7 5.6 6.1.9-4.4 4.3 1 6.1-5.4-2.9-5.4 2.9 1-6.1-4.4-4.3 6.1-.9L12 3.200Z',
  close: 'M6 6l12 12M18 6 6 18',
  back: 'm14.5 5.5-6.5 6.5 6.5 6.5',
  next: 'm9.5 5.5 6.5 6.5-6.5 6.5',
  up: 'm6 14.5 6-6 6 6',
  bell: 'M18 15.500V10.500a6 6 0 1 0-12 0v5L4 18h16l-2-2.500ZM10 21h4',
  list: 'M9 6h11M9 12h11M9 18h11M4.5 6v.1M4.5 12v.1M4.5 18v.1',
  people:
    'M9 11.500a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-6.5 8a6.5 6.5 0 0 1 13 0m0-15.100a3.5 3.5 0 0 1 0 7m3 1.300a6.5 6.5 0 0 1 3 6.8',
  camera:
    'M4 8h3l1.5-2.500h7L17 8h3a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1Zm8 8.500a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Z',
  picture: 'M4 4.500h16a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1Zm-.5 13 5-5 4 4 3-3 5 4.500M15.5 9v.1',
  check: 'm5 12.5 4.5 4.500L19 7.5',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20, filled = false }: { name: IconName; size?: number; filled?: boolean }) {
  return (
    <svg
      class={name === 'back' || name === 'next' ? 'icon turns' : 'icon'}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill={filled ? 'currentColor' : 'none'}
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
