/** Words of the materials of a meeting (会议材料). */
export const zhMaterials = {
  materials: {
    title: '会议材料',
    none: '还没有材料。上传 PDF 文件后，能查看本会议的人可以各自下载带自己水印的副本。',
    about: (pages: number, megabytes: string, by: string) => `${pages} 页 · ${megabytes} MB · ${by}上传`,
    copy: '下载（带本人水印）',
    add: '上传 PDF 材料',
    adding: '正在上传并检查…',
    remove: '移除',
    removeIt: (name: string) => `移除材料“${name}”`,
    sure: (name: string) => `移除“${name}”？移除后谁也不能再下载，已下载的副本不受影响。`,
  },
}
