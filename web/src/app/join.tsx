import '@/ui/base.css'

const root = document.getElementById('root')
if (root !== null) root.textContent = document.title
