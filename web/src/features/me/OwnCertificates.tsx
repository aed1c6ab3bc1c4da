import { useQuery } from '@tanstack/react-query'
import { ownCertificates } from '@/api/panel'
import { Certificates } from '@/panel/Certificates'
import { ProblemLine } from '@/panel/ProblemLine'
import { useText } from '@/text/use-text'

/** My certificates: which there are, until when, and which this browser uses. */
export function OwnCertificates() {
  const words = useText().panel.certificates
  const own = useQuery({ queryKey: ['certificates'], queryFn: ownCertificates })
  return (
    <section className="card" aria-label={words.title}>
      <h2>{words.title}</h2>
      <p className="quiet">{own.data?.asked === false ? words.off : words.hint}</p>
      <ProblemLine error={own.error} retry={() => void own.refetch()} />
      {own.data !== undefined && <Certificates certificates={own.data.certificates} shown={own.data.shown} />}
    </section>
  )
}
