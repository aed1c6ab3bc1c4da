import type { zhMaterials } from '@/text/zh-materials'

export const enMaterials: typeof zhMaterials = {
  materials: {
    title: 'Materials',
    none: 'None yet. Whoever may see this meeting can take copies of a PDF with their own watermark.',
    about: (pages: number, megabytes: string, by: string) => `${pages} pages · ${megabytes} MB · brought by ${by}`,
    copy: 'Download with my watermark',
    add: 'Add a PDF',
    adding: 'Uploading and checking…',
    remove: 'Remove',
    removeIt: (name: string) => `Remove “${name}”`,
    sure: (name: string) => `Remove “${name}”? Nobody can download it any more; copies stay as they are.`,
  },
}
