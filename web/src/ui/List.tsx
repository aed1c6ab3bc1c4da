import type { ReactNode } from 'react'

export interface Column<Row> {
  title: string
  cell: (row: Row) => ReactNode
  /** Figures stand at the right, digit under digit. */
  figure?: boolean
}

interface Props<Row> {
  rows: Row[]
  columns: Column<Row>[]
  id: (row: Row) => string
  /** What stands there when there is nothing to list. */
  none: string
}

/** A plain table for figures that change each second: no paging, no sorting, nothing measured. */
export function List<Row>({ rows, columns, id, none }: Props<Row>) {
  return (
    <div className="list" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" className={column.figure === true ? 'figure' : undefined}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={id(row)}>
              {columns.map((column) => (
                <td key={column.title} data-title={column.title} className={column.figure === true ? 'figure' : undefined}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
          {rows.length === 0 && (
            <tr>
              <td className="list-none" colSpan={columns.length}>
                {none}
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  )
}
